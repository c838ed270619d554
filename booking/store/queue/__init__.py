"""Who waits for a number of a session that is full (候补)."""
