"""JSON Schemas of every kind, made from the types that records are checked with (docs/protocol.md §6)."""
