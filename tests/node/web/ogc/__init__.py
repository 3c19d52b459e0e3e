"""The OGC API of a node: filters, parameters, documents, features, and the programs that read them."""
