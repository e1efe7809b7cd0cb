"""The numbered steps by which the tables of this app follow its code."""
