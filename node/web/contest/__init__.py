"""What others say of a thing, on its page."""
