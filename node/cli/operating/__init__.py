"""The verbs of an operator: a home, the node at work, its peers, what it takes in, bundles and backups."""
