"""Pages of territories: what lies in them, and what it comes to."""
