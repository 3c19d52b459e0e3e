"""The people who write in the browser of a node: who they are, that it is them, and what they have not signed
yet."""
