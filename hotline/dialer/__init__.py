"""Asterisk's side of FastAGI, for the telephone in the terminal and for tests."""
