"""Forward-only steps of the ledger's schema. A step that has shipped is never edited: the next one follows it."""
