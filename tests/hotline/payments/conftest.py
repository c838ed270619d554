"""The telephone operator's side of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest

from hotline.payments.bill_format import Line


@pytest.fixture
def answers_text() -> Callable[[str, Sequence[Line]], str]:
    """An answer file to a batch, as an operator writes it (docs/money.md)."""
    return _answers_text


def _answers_text(batch: str, lines: Sequence[Line]) -> str:
    kinds, results = {"charge": "C", "refund": "R"}, {"done": "0", "refused": "1", "pending": "2"}
    told = [f"A|1|{batch}|{len(lines)}"]
    for line in lines:
        said = line.answer
        told.append(
            f"{kinds[line.kind]}|{line.number}|{results[said.state]}|{said.provider_no}|{line.amount_fen}|{said.error}"
        )
    body = "".join(f"{each}\n" for each in told)
    return f"{body}T|{len(lines)}|{hashlib.sha256(body.encode()).hexdigest()}\n"
