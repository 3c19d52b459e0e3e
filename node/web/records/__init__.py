"""The proof of what pages say: records with their bytes, erasures, blocks, documents to check elsewhere."""
