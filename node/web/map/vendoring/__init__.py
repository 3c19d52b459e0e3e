"""What the map takes from elsewhere: a library, and the lines of the earth.  Run by hand, never by a node."""
