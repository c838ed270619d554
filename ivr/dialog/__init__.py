"""Pieces of conversation: a question, a menu, a confirmation, three strikes to the agent."""
