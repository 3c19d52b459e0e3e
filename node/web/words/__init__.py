"""How pages speak: catalogues, sentences in a reader's language, the words for what records hold."""
