"""The error of a message that did not get out."""

from orario import OrarioError


class NotSent(OrarioError):
    """The channel did not take the message."""
