"""Finding what two sets of records do not share: Negentropy protocol V1."""
