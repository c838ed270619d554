"""Words and keys in, commands out. Pure: no clock, no socket, no database."""
