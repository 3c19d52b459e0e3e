"""What two nodes say to each other over a channel, as one state machine (docs/protocol.md §11)."""
