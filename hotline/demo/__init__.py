"""A hospital of our own invention, generated anew from a seed, and the folder it lives in."""
