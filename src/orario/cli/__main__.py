"""Lets `python -m orario.cli` be the command, wherever its script is not on the path."""

from orario.cli import main

main()
