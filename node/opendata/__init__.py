"""Files of open data, made from the atlas: GeoJSON, CSV, GeoPackage, FlatGeobuf."""
