"""One module a revision, in a line."""
