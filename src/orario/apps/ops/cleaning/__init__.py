"""Cleaning: old rows and old files, in small steps that may be broken off."""
