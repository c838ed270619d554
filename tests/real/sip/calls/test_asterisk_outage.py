"""A daemon dies, or is told to stop, while a caller is with it: the caller goes on with whoever is left, and nothing is lost."""

from __future__ import annotations

import time

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def wait_until_keyed(asterisk, keys):
    """Returns when the one call that is up has keyed this."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        for line in asterisk.cli("core show channels concise").splitlines():
            if f"IVR_KEYS={keys}\n" in asterisk.cli(f"core show channel {line.split('!')[0]}"):
                return
    pytest.fail(f"no call has keyed {keys}")


def test_a_killed_daemon_leaves_its_caller_with_the_second(asterisk, house, first, second, ring):
    """kill -9 in the middle of a call: the second server greets the same caller, who books; the text follows when the first is back."""
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    number, when = house.new_phone(), house.new_time()
    # The 9 is lost on the dead server: Asterisk notices the death when the question in progress has its key.
    telephone = ring(number, "1", 2500, "9", 1000, "1", "1", "00868#", f"{when}#", "1", "1")
    wait_until_keyed(asterisk, "1")
    first.kill()
    assert telephone.wait(timeout=60) == 0, telephone.stderr.read()
    asterisk.wait_for_silence()
    (booking,) = house.bookings(number)
    assert f"{booking.start:%m%d%H%M}" == when
    assert second.active() == 0
    first.start()
    assert house.smsc.text_to(number, booking.code)
    assert first.active() == 0


def test_a_stopped_daemon_hands_its_caller_over_and_ends_well(asterisk, first, second):
    """SIGTERM in the middle of a call: exit code 0, and the caller is with the second server, not cut off."""
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    asterisk.call()
    until = time.monotonic() + 10
    while first.active() == 0:
        assert time.monotonic() < until
    assert first.stop() == 0
    until = time.monotonic() + 10
    while second.active() == 0:
        assert time.monotonic() < until
    asterisk.hang_up_all()
