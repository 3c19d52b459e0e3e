"""The pages of a node: what it is, what it holds, and the proof of it, for people and for programs."""
