"""The task of watched jobs, which nobody here performs."""


def watched() -> None:
    """Wait for pings: the work is done elsewhere, and each due moment should be answered by one.

    `startWithinSeconds` is the grace after a due moment, `timeoutSeconds` the longest time from a start to its end.
    """
