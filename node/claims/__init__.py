"""Claims to the same place: found by box and by name, measured where they meet, and shown with all sides."""
