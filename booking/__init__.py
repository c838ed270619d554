"""The shared store of numbered slots and the requests that doors may make of it. Knows no door."""
