"""Looks whether the database keeps Orario's promises, and mends what can be mended."""
