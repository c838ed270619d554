"""Bookings that stand: held, confirmed, moved, ended."""
