"""What is decided about a booking: policy in, facts in, verdict out. Pure."""
