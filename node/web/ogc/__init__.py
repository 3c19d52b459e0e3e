"""OGC API – Features of a node: what the atlas holds, for QGIS, GDAL and whoever writes programs."""
