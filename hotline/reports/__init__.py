"""Statistics: each report one query family, its columns defined where it is written, streamed from a connection of its own."""
