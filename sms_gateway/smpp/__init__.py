"""SMPP 3.4: codec, framing, window and session (pure), and the link to an SMSC (Twisted)."""
