"""What a node holds, on disk: records and everything derived from them (docs/architecture.md, "Store")."""
