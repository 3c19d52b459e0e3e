"""How a node finds other nodes, remembers them and talks to them over WebSockets."""
