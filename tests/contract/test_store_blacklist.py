"""The hospital's blacklist: put from its file, followed by its next file, undone as a batch."""

from __future__ import annotations

from datetime import datetime

import pytest
from open_house import open_house
from sqlalchemy import select, update

from booking.clock import FixedClock, naive_utc, wall
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.store.conduct.bans import Mercy, in_force, thd_bans
from booking.store.imports.undo import Undone, thd_undo
from booking.store.schema import audit, ban, import_row
from hotline.importing.batch import Batch, thd_import
from hotline.importing.sheet import Line, Sheet

HEADER = ("身份证号", "姓名", "原因", "起", "止", "科室")
ZHANG_ID, LI_ID = "11010519491231002X", "440524188001010014"


@pytest.fixture
def put_list(store, vault, clock):
    def put_rows(name, *list_rows, sync=False):
        lines = tuple(Line(number, row + ("",) * (6 - len(row))) for number, row in enumerate(list_rows, 2))
        batch = Batch(
            id=name, kind="blacklist", hospital=1, today=wall(clock).date(), home_area="010", at=naive_utc(clock),
            wall=wall(clock), sync=sync,
        )  # fmt: skip
        return store.now(thd_import, vault, batch, Sheet(HEADER, lines))

    return put_rows


@pytest.fixture
def banned(store, vault, clock):
    """``banned(identity)``: the bans in force now, by the keyed print alone."""

    def banned(identity):
        print_, now = vault.fingerprint(identity), wall(clock)
        bans = store.now(thd_bans, 1, [print_], now).get(print_, ())
        return tuple(said for said in bans if in_force(said, now))

    return banned


@pytest.fixture
def undo_list(store, vault, clock):
    return lambda name: store.now(thd_undo, vault, 1, name, Mercy(who="cli", why="错了", at=naive_utc(clock)))


@pytest.fixture
def list_rows(store):
    return lambda *columns: store.now(
        lambda conn: [tuple(row) for row in conn.execute(select(*columns).order_by(columns[0].table.c.id))]
    )


def test_an_unknown_identity_number_is_kept_by_its_print(put_list, banned, vault, list_rows):
    """Nobody of that number is registered; when he comes, the ban is there. No number stands in clear."""
    done = put_list("b1", (ZHANG_ID, "张三", "倒号"))
    assert (done.counts.new, done.rejected, done.told) == (1, (), ())
    (said,) = banned(ZHANG_ID)
    assert (said.cause, said.rule, said.until, said.scope) == ("blacklist", "倒号", None, "hospital")
    ((print_, name),) = list_rows(ban.c.subject_print, ban.c.name_sealed)
    assert (print_, vault.open(name)) == (vault.fingerprint(ZHANG_ID), "张三")
    assert "张三".encode() not in bytes(name)
    assert banned(LI_ID) == ()


def test_who_registers_later_meets_the_ban(put_list, store, vault, clock, bell, rng, result_of):
    """The list came first, then the patient: his booking is refused, another patient's of the same phone is not."""
    put_list("b1", (ZHANG_ID, "张三", "倒号"))
    caller = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)
    reception = Reception(open_house(store, vault, clock, bell, rng))
    start = datetime.fromisoformat("2026-07-15 08:00")
    reasons = {}
    for identity, name in ((ZHANG_ID, "张三"), (LI_ID, "李四")):
        result_of(reception.register(RegisterPhone(caller=caller, identity=identity, name=name)))
        wish = BookSlot(caller=caller, doctor="00868", start=start, who=Named(name), key=name)
        reasons[name] = getattr(result_of(reception.book(wish)), "reason", "booked")
    assert reasons == {"张三": "BLACKLISTED", "李四": "booked"}


def test_an_old_number_of_fifteen_places_is_the_same_person(put_list, banned):
    """110105491231002 is 11010519491231002X."""
    put_list("b1", ("110105491231002", "张三", "倒号"))
    assert len(banned(ZHANG_ID)) == 1


def test_days_and_department(put_list, banned, clock):
    """From the first day to the end of the last; one entry for the hospital and one for a department stand side by side."""
    put_list("b1", (ZHANG_ID, "张三", "倒号", "2026-07-15", "2026-07-16", "01"), (ZHANG_ID, "张三", "扰乱秩序"))
    seen = {}
    for at in ("2026-07-14 23:59", "2026-07-15 00:00", "2026-07-16 23:59", "2026-07-17 00:00"):
        clock.at = FixedClock.at_wall(at).at
        seen[at] = [(said.scope, said.department) for said in banned(ZHANG_ID)]
    whole, of_department = ("hospital", ""), ("department", "01")
    assert list(seen.values()) == [[whole], [of_department, whole], [of_department, whole], [whole]]


def test_the_same_list_again_changes_nothing(put_list, banned, list_rows):
    """A hospital sends its list every day; another reason is taken over."""
    put_list("b1", (ZHANG_ID, "张三", "倒号"))
    again = put_list("b2", (ZHANG_ID, "张三", "倒号"))
    assert (again.counts.new, again.counts.changed) == (0, 0)
    changed = put_list("b3", (ZHANG_ID, "张三", "倒号", "", "2026-12-31"))
    assert (changed.counts.new, changed.counts.changed) == (0, 1)
    assert len(list_rows(ban.c.id)) == 1
    assert f"{banned(ZHANG_ID)[0].until:%Y-%m-%d}" == "2027-01-01"


def test_who_is_not_on_the_list_any_more_goes_free(put_list, banned, list_rows):
    """Only with --sync; each of them is noted. A ban that rules or clerks made is not the list's to lift."""
    put_list("b1", (ZHANG_ID, "张三", "倒号"), (LI_ID, "李四", "倒号"))
    assert put_list("b2", (LI_ID, "李四", "倒号")).lifted == 0
    assert len(banned(ZHANG_ID)) == 1
    assert put_list("b3", (LI_ID, "李四", "倒号"), sync=True).lifted == 1
    assert (banned(ZHANG_ID), len(banned(LI_ID))) == ((), 1)
    assert [each for each in list_rows(audit.c.action, audit.c.trace) if each[0] == "lifted"] == [("lifted", "b3")]
    assert put_list("b4", (ZHANG_ID, "张三", "又倒号"), (LI_ID, "李四", "倒号"), sync=True).counts.new == 1
    assert [said.rule for said in banned(ZHANG_ID)] == ["又倒号"]


def test_other_bans_are_not_the_lists(store, put_list, banned):
    """What rules or clerks decided stays when the list does not name it."""
    put_list("b1", (ZHANG_ID, "张三", "倒号"))
    store.now(lambda conn: conn.execute(update(ban).values(cause="no-show")).rowcount)
    assert put_list("b2", (LI_ID, "李四", "倒号"), sync=True).lifted == 0
    assert len(banned(ZHANG_ID)) == 1


@pytest.mark.parametrize("rows_", [[], [("110105", "张三", "倒号"), (LI_ID, "李四", "倒号")]])
def test_a_list_with_holes_frees_nobody(put_list, banned, rows_):
    """An empty file or a refused row may be a mistake: nobody is lifted, and that is said."""
    put_list("b1", (ZHANG_ID, "张三", "倒号"))
    done = put_list("b2", *rows_, sync=True)
    assert (done.lifted, len(done.told)) == (0, 1)
    assert "没有解除任何人" in done.told[0]
    assert len(banned(ZHANG_ID)) == 1


def test_another_name_on_record_is_refused(put_list, banned, store, vault, clock, bell, rng, result_of):
    """One of the two is wrong; nobody is banned by mistake. The reason tells no name."""
    caller = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)
    reception = Reception(open_house(store, vault, clock, bell, rng))
    result_of(reception.register(RegisterPhone(caller=caller, identity=ZHANG_ID, name="张三")))
    done = put_list("b1", (ZHANG_ID, "王五", "倒号"), (LI_ID, "李四", "倒号"))
    assert [row.reason for row in done.rejected] == ["姓名与该身份证号的就诊登记不一致，请核对"]
    assert (banned(ZHANG_ID), len(banned(LI_ID))) == ((), 1)
    assert put_list("b2", (ZHANG_ID, "张 三", "倒号")).counts.new == 1


def test_a_batch_is_undone(put_list, banned, undo_list, list_rows):
    """Who it banned is free, whom it freed is banned, what it changed is as it was; nothing is erased."""
    put_list("b1", (ZHANG_ID, "张三", "倒号"))
    put_list("b2", (LI_ID, "李四", "倒号"), sync=True)
    assert len(list_rows(import_row.c.id)) == 3
    assert undo_list("b2") == Undone(kind="blacklist", removed=1, restored=1)
    assert (len(banned(ZHANG_ID)), banned(LI_ID)) == (1, ())
    assert list_rows(ban.c.live, ban.c.lifted_by) == [(1, None), (None, "cli")]
    put_list("b3", (ZHANG_ID, "张三", "扰乱", "", "2026-08-01"))
    assert undo_list("b3") == Undone(kind="blacklist", removed=0, restored=1)
    assert [(said.rule, said.until) for said in banned(ZHANG_ID)] == [("倒号", None)]
    assert isinstance(undo_list("b1"), Undone)
    assert banned(ZHANG_ID) == ()


def test_reasons_keep_no_numbers(put_list, banned):
    """A telephone number in the reason is not kept."""
    put_list("b1", (ZHANG_ID, "张三", "多次用 13800138000 倒号"))
    assert banned(ZHANG_ID)[0].rule == "多次用 *** 倒号"
