"""A home's secrets: keys in files and on paper, sealed where a passphrase is given."""
