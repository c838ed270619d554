"""Many small writes become one transaction, and each still gets its own result."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from booking.outcomes import Busy
from sms_gateway.gathering import Gathering


class Writer:
    """A store whose transactions end when the test says so."""

    def __init__(self):
        self.batches = []
        self.ends = []

    async def write(self, batch):
        self.batches.append(batch)
        end = Deferred()
        self.ends.append(end)
        await end
        if any(item == "bad" for item in batch):
            raise ValueError("bad")
        return [item.upper() for item in batch]


def put(gathering, item):
    return Deferred.fromCoroutine(gathering.put(item))


def test_a_lone_item_is_written_at_once():
    """Nobody waits for company."""
    writer = Writer()
    result = put(Gathering(writer.write, reactor=Clock()), "a")
    assert writer.batches == [["a"]]
    writer.ends[0].callback(None)
    assert result.result == "A"


def test_what_comes_during_a_transaction_shares_the_next():
    """Two texts that came while a third was being written need one more transaction, not two."""
    writer = Writer()
    gathering = Gathering(writer.write, reactor=Clock())
    results = [put(gathering, item) for item in "abc"]
    assert gathering.waiting == 2
    writer.ends[0].callback(None)
    assert writer.batches == [["a"], ["b", "c"]]
    writer.ends[1].callback(None)
    assert [result.result for result in results] == ["A", "B", "C"]
    assert gathering.waiting == 0


def test_a_batch_is_bounded():
    """A transaction stays small however many wait."""
    writer = Writer()
    gathering = Gathering(writer.write, reactor=Clock(), most=2)
    for item in "abcd":
        put(gathering, item)
    for end in range(3):
        writer.ends[end].callback(None)
    assert writer.batches == [["a"], ["b", "c"], ["d"]]


def test_a_bad_item_does_not_fail_its_neighbours():
    """A batch that fails for another reason than an outage is written again one by one."""
    writer = Writer()
    gathering = Gathering(writer.write, reactor=Clock())
    first, good, bad = (put(gathering, item) for item in ("a", "b", "bad"))
    for end in range(4):
        writer.ends[end].callback(None)
    assert (first.result, good.result) == ("A", "B")
    assert bad.result.check(ValueError)
    bad.addErrback(lambda _: None)
    assert writer.batches == [["a"], ["b", "bad"], ["b"], ["bad"]]


def test_an_outage_is_heard_by_everyone_and_the_next_item_is_tried():
    """While the store is out each caller hears it at once; when it is back the next item is written."""
    out = True

    async def write(batch):
        if out:
            raise Busy("out")
        return batch

    gathering = Gathering(write, reactor=Clock())
    failed = put(gathering, "a")
    assert failed.result.check(Busy)
    failed.addErrback(lambda _: None)
    out = False
    assert put(gathering, "b").result == "b"


@pytest.mark.parametrize("count", [1, 5])
def test_items_put_by_a_result_are_written_too(count):
    """What a result leads to may be put while the batch that made it is still being told."""
    writer = Writer()
    gathering = Gathering(writer.write, reactor=Clock())
    later = []
    for _ in range(count):
        put(gathering, "a").addCallback(lambda _: later.append(put(gathering, "z")))
    while writer.ends and not all(end.called for end in writer.ends):
        next(end for end in writer.ends if not end.called).callback(None)
    assert [result.result for result in later] == ["Z"] * count


def test_a_patient_item_rides_along_with_the_next():
    """What nobody waits for needs no transaction of its own when another is written soon."""
    writer, clock = Writer(), Clock()
    gathering = Gathering(writer.write, reactor=clock)
    patient = Deferred.fromCoroutine(gathering.put("p", 0.005))
    assert writer.batches == []
    put(gathering, "a")
    assert writer.batches == [["p", "a"]]
    writer.ends[0].callback(None)
    assert patient.result == "P"
    clock.advance(1)
    assert len(writer.batches) == 1


def test_a_patient_item_starts_no_transaction_after_another():
    """What comes patiently during a transaction waits for company, or for its time, after it."""
    writer, clock = Writer(), Clock()
    gathering = Gathering(writer.write, reactor=clock)
    put(gathering, "a")
    Deferred.fromCoroutine(gathering.put("p", 0.005))
    writer.ends[0].callback(None)
    assert writer.batches == [["a"]]
    clock.advance(0.005)
    assert writer.batches == [["a"], ["p"]]


def test_patience_ends():
    """When nothing else comes, a patient item is written after its time, with those that came meanwhile."""
    writer, clock = Writer(), Clock()
    gathering = Gathering(writer.write, reactor=clock)
    for item in "pq":
        Deferred.fromCoroutine(gathering.put(item, 0.005))
    clock.advance(0.005)
    assert writer.batches == [["p", "q"]]


def test_a_nudge_writes_even_nothing():
    """Somebody may have to be asked although no item waits; many nudges during a transaction are one more."""
    writer = Writer()
    gathering = Gathering(writer.write, reactor=Clock())
    gathering.nudge()
    assert writer.batches == [[]]
    for _ in range(3):
        gathering.nudge()
    writer.ends[0].callback(None)
    writer.ends[1].callback(None)
    assert writer.batches == [[], []]
