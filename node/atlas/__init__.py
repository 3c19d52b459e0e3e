"""Features derived from the store, for maps, tiles and open data (docs/decisions/0020-atlas.md)."""
