"""Filters in CQL2 text: read, understood, and turned into a condition on the atlas."""
