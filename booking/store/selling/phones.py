"""The telephone numbers of one batch: each is fingerprinted once and sealed once, however many rows name it."""

from __future__ import annotations

from collections.abc import Iterable

from booking.vault import Vault


class Phones:
    """Lives as long as the batch: a seal must not tell rows of different bookings that they have the same phone."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._prints: dict[str, bytes] = {}
        self._sealed: dict[str, bytes] = {}

    def enter(self, phones: Iterable[str]) -> None:
        """Print and seal all that will be asked for, the seals in one go: from then on these are only read, in whatever thread."""
        new = [phone for phone in dict.fromkeys(phones) if phone not in self._sealed]
        self._sealed.update(zip(new, self._vault.seal_all(new), strict=True))
        for phone in new:
            self.print(phone)

    def print(self, phone: str) -> bytes:
        found = self._prints.get(phone)
        if found is None:
            found = self._prints[phone] = self._vault.fingerprint(phone)
        return found

    def sealed(self, phone: str) -> bytes:
        found = self._sealed.get(phone)
        if found is None:
            found = self._sealed[phone] = self._vault.seal(phone)
        return found
