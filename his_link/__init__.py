"""The link to a hospital's information system (HIS): schedules in, bookings and charges out, the nightly reconciliation.

Nothing is here yet. What leaves for a HIS will be outbox rows written with the booking, as for texts; see ARCHITECTURE.md.
"""
