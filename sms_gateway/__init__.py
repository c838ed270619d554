"""Texts: taken from the SMSC into the inbox, answered once, sent from the outbox, receipted."""
