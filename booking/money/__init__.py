"""Money as values: entries that cannot be unbalanced, fee items, what payment ways are asked and answer. Pure; all amounts in fen."""
