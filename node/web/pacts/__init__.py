"""Pages of pacts: the text, the procedure, what came of it, and the calls before them."""
