"""Pages of actors: who they are, who vouches for them."""
