"""The node itself: its front page, to whom it listens, what it publishes of privacy, its schemas."""
