"""Many small writes become one transaction, and each still gets its own result."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

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
    result = put(Gathering(writer.write), "a")
    assert writer.batches == [["a"]]
    writer.ends[0].callback(None)
    assert result.result == "A"


def test_what_comes_during_a_transaction_shares_the_next():
    """Two texts that came while a third was being written need one more transaction, not two."""
    writer = Writer()
    gathering = Gathering(writer.write)
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
    gathering = Gathering(writer.write, most=2)
    for item in "abcd":
        put(gathering, item)
    for end in range(3):
        writer.ends[end].callback(None)
    assert writer.batches == [["a"], ["b", "c"], ["d"]]


def test_a_bad_item_does_not_fail_its_neighbours():
    """A batch that fails for another reason than an outage is written again one by one."""
    writer = Writer()
    gathering = Gathering(writer.write)
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

    gathering = Gathering(write)
    failed = put(gathering, "a")
    assert failed.result.check(Busy)
    failed.addErrback(lambda _: None)
    out = False
    assert put(gathering, "b").result == "b"


@pytest.mark.parametrize("count", [1, 5])
def test_items_put_by_a_result_are_written_too(count):
    """What a result leads to may be put while the batch that made it is still being told."""
    writer = Writer()
    gathering = Gathering(writer.write)
    later = []
    for _ in range(count):
        put(gathering, "a").addCallback(lambda _: later.append(put(gathering, "z")))
    while writer.ends and not all(end.called for end in writer.ends):
        next(end for end in writer.ends if not end.called).callback(None)
    assert [result.result for result in later] == ["Z"] * count
