"""The secure channel between two nodes: Noise handshake, identity, sealed frames (docs/protocol.md §9)."""
