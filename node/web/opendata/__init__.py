"""Open data: downloads, a catalogue of what there is, a feed of changes, the page that explains them."""
