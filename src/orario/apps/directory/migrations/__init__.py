"""The steps by which the tables of the directory follow the code."""
