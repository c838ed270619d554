"""The tables by family; ``booking.store.schema`` exports them all."""
