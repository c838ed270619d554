"""Several nodes and several processes: which node, whose job."""
