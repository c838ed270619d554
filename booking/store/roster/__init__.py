"""What is on sale and how it is found: departments, doctors, sessions, numbers."""
