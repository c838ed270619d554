from __future__ import annotations

import json
import os
import stat

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from booking.outcomes import Busy
from booking.requests import Caller, Channel, RegisterPhone
from booking.store.mail.outbox import thd_claim
from ivr.spool import Imported, import_spool

PHONE = "+8613800138000"
CALLER = Caller(hospital=1, phone=PHONE, channel=Channel.SMS)
ZHANG, LI = ("11010519491231002X", "张三"), ("110101199003070134", "李四")


def now(coroutine):
    """What a coroutine that waits for nothing gives back."""
    got, failed = [], []
    Deferred.fromCoroutine(coroutine).addCallbacks(got.append, failed.append)
    for failure in failed:
        failure.raiseException()
    return got[0]


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def leave(spool):
    """Leaves a note as the emergency script does."""

    def write(name="1752454800.17", **changes):
        spool.mkdir(exist_ok=True)
        fields = {
            "uniqueid": name,
            "caller": "13800138000",
            "keyed": False,
            "doctor": "00868",
            "when": "07150830",
            "language": "zh",
            "at": "2026-07-14T00:30:00+00:00",
        }
        (spool / f"{name}.json").write_text(json.dumps({**fields, **changes}))

    return write


@pytest.fixture
def take_in(spool, reception, small_hospital, vault, clock, bell):
    def run(reception=reception):
        return now(
            import_spool(spool, reception, database=small_hospital, vault=vault, clock=clock, bell=bell, hospital=1)
        )

    return run


@pytest.fixture
def register(reception):
    def join(*people):
        for identity, name in people:
            now(reception.register(RegisterPhone(caller=CALLER, identity=identity, name=name)))

    return join


@pytest.fixture
def texts(small_hospital, vault, clock):
    """The texts to the caller that wait to be sent."""

    def claim():
        letters = small_hospital.now(thd_claim, vault, (1,), "test", 100, clock.utc().replace(tzinfo=None))
        return [letter.body for letter in letters if letter.to == PHONE]

    return claim


@pytest.fixture
def logged():
    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def files(folder):
    return sorted(path.name for path in folder.glob("*.json"))


def test_a_spool_that_does_not_exist_is_empty(take_in):
    """A house where no emergency ever was has nothing to take in."""
    assert take_in() == Imported()


def test_the_only_patient_of_the_phone_is_booked(leave, take_in, register, texts, spool, reception):
    """A caller with one patient finds the confirmation on the phone when the system is back."""
    register(ZHANG)
    leave()
    assert take_in() == Imported(booked=1)
    [booking] = now(reception.bookings_of(CALLER))
    assert (booking.doctor.number, f"{booking.start:%m%d%H%M}") == ("00868", "07150830")
    [text] = texts()
    assert f"预约码{booking.code}" in text
    assert (files(spool), files(spool / "done")) == ([], ["1752454800.17.json"])
    assert stat.S_IMODE((spool / "done").stat().st_mode) == 0o700
    assert json.loads((spool / "done" / "1752454800.17.json").read_text()) == {
        "caller": "138****8000",
        "keyed": False,
        "doctor": "00868",
        "start": "2026-07-15T08:30:00",
        "outcome": "Booked",
    }


def test_the_same_note_again_books_nothing_more(leave, take_in, register, texts, reception):
    """A daemon that died before it put the note away books it once."""
    register(ZHANG)
    leave()
    take_in()
    leave()
    assert take_in() == Imported(booked=1)
    assert len(now(reception.bookings_of(CALLER))) == 1
    assert len(texts()) == 1


@pytest.mark.parametrize(
    ("people", "changes", "words"),
    [
        ([], {}, "还没有登记就诊人"),
        ([ZHANG, LI], {}, "多位就诊人"),
        ([ZHANG], {"keyed": True}, "如需预约请回复，例如：GHDH00868,07150830,张三"),
        ([ZHANG], {"doctor": "99999"}, "没有这个工号的医生"),
        ([ZHANG], {"when": "07150845"}, "该时间没有号"),
    ],
)
def test_everyone_else_is_told_what_to_do(leave, take_in, register, texts, reception, people, changes, words):
    """Without exactly one proven patient, or without the number, nothing is booked and the caller gets one text, once."""
    register(*people)
    leave(**changes)
    assert take_in() == Imported(texted=1)
    leave(**changes)
    assert take_in() == Imported(texted=1)
    [text] = texts()
    assert words in text
    assert now(reception.bookings_of(CALLER)) == ()


def test_whoever_sends_texts_is_told(leave, take_in, bell):
    """The text does not wait for the next look into the outbox."""
    rings = []
    bell.listen(lambda: rings.append(1))
    leave()
    take_in()
    assert rings == [1]


def test_bad_files_are_put_aside_and_keep_nobody_waiting(leave, take_in, register, spool, logged):
    """What cannot be read is told in the log, without its contents, and the next caller is served."""
    register(ZHANG)
    leave("0-first", caller="not a number 13912345678")
    (spool / "1-dir.json").mkdir()
    (spool / "2 strange.json").write_text("{}")
    os.symlink("/etc/passwd", spool / "3-link.json")
    leave("9-last")
    assert take_in() == Imported(booked=1, bad=4)
    assert files(spool / "bad") == ["0-first.json", "1-dir.json", "2 strange.json", "3-link.json"]
    reasons = [event["why"] for event in logged if "why" in event]
    assert reasons == ["no mobile number", "Is a directory", "strange name", "Too many levels of symbolic links"]
    assert "13912345678" not in str(reasons)


def test_the_log_knows_the_caller_only_masked(leave, take_in, logged):
    """The number of a caller does not stand in the log."""
    leave()
    take_in()
    assert [event["caller"] for event in logged if "caller" in event] == ["138****8000"]


def test_unfinished_files_are_left_alone(spool, take_in):
    """What the script is still writing is not looked at."""
    spool.mkdir()
    (spool / ".1.1.77.tmp").write_text("{")
    assert take_in() == Imported()
    assert [path.name for path in spool.iterdir()] == [".1.1.77.tmp"]


class BusyReception:
    async def patients_of(self, caller):
        raise Busy


def test_a_busy_store_leaves_the_notes_where_they_are(leave, take_in, spool):
    """While the store is away notes wait for the next round."""
    leave()
    with pytest.raises(Busy):
        take_in(BusyReception())
    assert files(spool) == ["1752454800.17.json"]


def test_a_note_that_another_daemon_took_is_no_error(leave, take_in, register, spool, reception):
    """Two daemons on one spool do the same work once."""
    register(ZHANG)
    leave()

    class Quicker:
        patients_of = reception.patients_of

        async def book(self, request):
            (spool / "1752454800.17.json").unlink()
            return await reception.book(request)

    assert take_in(Quicker()) == Imported(booked=1)


def test_a_note_that_cannot_be_moved_is_told(leave, take_in, register, spool, logged):
    """A spool that we may not change is named in the log; the booking stands."""
    register(ZHANG)
    leave()
    (spool / "done").write_text("a file where the folder should be")
    assert take_in() == Imported(booked=1)
    assert any(event.get("file") == "1752454800.17.json" for event in logged)
