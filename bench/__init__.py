"""Measures Orario beside its peers: `make bench`, told in docs/reference/benchmarks.md."""
