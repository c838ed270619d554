"""The tables and what is done to them: one function, one transaction, named thd_* because it runs in a thread."""
