"""The telephone: Asterisk hands each call to a coroutine that asks, hears and books."""
