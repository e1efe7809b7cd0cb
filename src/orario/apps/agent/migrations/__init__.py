"""The steps by which the tables of the agent came to be what they are."""
