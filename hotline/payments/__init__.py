"""The ways to pay, behind one port: what leaves the house for money, and the proofs of what comes in."""
