"""Records: header, envelope, signing and verification (docs/protocol.md §4–5)."""
