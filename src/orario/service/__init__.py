"""All that a person or program may ask; every face calls these and nothing lower."""
