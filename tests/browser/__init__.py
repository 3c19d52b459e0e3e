"""The pages as people see them: in a real browser, which asks nobody but the node."""
