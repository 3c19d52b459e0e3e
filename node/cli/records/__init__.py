"""The verbs about single records: checking, exporting, erasing, and what a person may ask."""
