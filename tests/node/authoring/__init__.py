"""What people write: what is refused before it is signed."""
