"""One module per page of the reference, each with a function that returns its text."""
