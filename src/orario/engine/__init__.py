"""Loops: each is an object whose `turn()` does one round and says when it wishes the next."""
