"""The steps by which the tables of the app follow its code."""
