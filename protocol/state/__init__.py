"""From a set of records to what people see: a pure function of the set (docs/protocol.md §7–8)."""
