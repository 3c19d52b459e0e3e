"""Proofs that other people's software verifies: W3C Data Integrity over JSON (docs/protocol.md §16)."""
