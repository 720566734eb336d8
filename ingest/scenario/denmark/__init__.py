"""The map of Denmark: boundaries and a table of municipalities, with attribution in its README."""
