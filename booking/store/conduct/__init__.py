"""The day of the visit, what it counts for, and the bans that follow."""
