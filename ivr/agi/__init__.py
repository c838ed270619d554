"""FastAGI: the wire without I/O, the call as a flow sees it, the server."""
