"""Catalogues of what is said in other languages than English, one folder for each."""
