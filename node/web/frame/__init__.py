"""What every page is made of: markup, layout, lists, drawings, the files that pages need."""
