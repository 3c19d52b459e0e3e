"""The pages of a node, asked by a real client over a real socket, from a real store."""
