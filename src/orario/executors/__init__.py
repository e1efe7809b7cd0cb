"""Ways to carry an attempt; all share one `perform`."""
