"""Shipped apps, all of one shape; each imports `orario` and `orario.web` and nothing else of the house."""
