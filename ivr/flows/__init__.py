"""What a caller can do, one module a flow."""
