"""Pages of votes and of the bodies that decide."""
