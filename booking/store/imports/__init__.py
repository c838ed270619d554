"""What imports made, so that they can be undone."""
