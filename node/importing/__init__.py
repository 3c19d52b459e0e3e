"""Files that people have (GeoJSON, CSV) become drafts of records to be signed as documented from a source."""
