"""What people may ask of a node about themselves: what it holds, putting it right, taking it out."""
