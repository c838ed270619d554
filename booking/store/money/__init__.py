"""Fees, charges, refunds and the ledger."""
