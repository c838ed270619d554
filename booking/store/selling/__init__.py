"""Numbers sold in batches: facts, verdicts, one write."""
