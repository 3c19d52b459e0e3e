"""The map: what the front page draws, what it asks for, and the drawing that stands where no script runs."""
