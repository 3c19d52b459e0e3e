"""The map: what is drawn on the server, what the scripts ask for, and the files that they need."""
