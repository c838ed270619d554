"""What becomes of a text after a try to send it that did not end well."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from sms_gateway.retry import ATTEMPTS_MAX, GiveUp, TryAgain, after_refusal, after_silence

NOW = datetime.fromisoformat("2026-07-14 01:00")


def refused(attempts, *, temporary=True):
    return after_refusal(temporary=temporary, status=0x64, attempts=attempts, now=NOW, rng=random.Random(7))


def test_a_permanent_refusal_is_believed():
    """An SMSC that says the number is wrong is not asked again."""
    assert refused(0, temporary=False) == GiveUp("refused 0x64")


def test_each_wait_is_longer_and_none_is_endless():
    """Temporary refusals are tried again after 5, 10, 20 … seconds, at most after a little more than 15 minutes."""
    waits = [(refused(attempts).due - NOW).total_seconds() for attempts in range(ATTEMPTS_MAX - 1)]
    assert waits == sorted(waits)
    assert 3.7 < waits[0] < 6.3
    assert max(waits) <= 900 * 1.25


def test_a_text_refused_too_often_is_given_up():
    """Even a patient outbox ends."""
    assert refused(ATTEMPTS_MAX - 1) == GiveUp("refused too often")


@pytest.mark.parametrize("kind", ["reply", "confirmation", "cancelled", "doctor", "doctor-cancelled"])
def test_texts_of_ones_own_booking_are_sent_again_after_silence(kind):
    """A confirmation heard twice does no harm; one never heard does."""
    assert after_silence(kind=kind, attempts=0, now=NOW) == TryAgain(NOW)


@pytest.mark.parametrize("kind", ["notice", "reminder", "bulk"])
def test_notices_to_many_are_not_repeated_after_silence(kind):
    """Nobody wants the same announcement twice."""
    assert after_silence(kind=kind, attempts=0, now=NOW) == GiveUp("outcome unknown")


def test_silence_does_not_repeat_for_ever():
    """An SMSC that takes every text and answers none does not make the phone ring all day."""
    assert after_silence(kind="reply", attempts=ATTEMPTS_MAX - 1, now=NOW) == GiveUp("no answer too often")


def test_due_moments_are_after_now():
    """A wait is never negative, whatever the dice say."""
    for seed in range(50):
        again = after_refusal(temporary=True, status=0x58, attempts=0, now=NOW, rng=random.Random(seed))
        assert isinstance(again, TryAgain)
        assert again.due > NOW + timedelta(seconds=3)
