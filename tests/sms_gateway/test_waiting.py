"""Waiting for a number by text, whole through the gateway: asked, joined, seen, left, offered; and which question an answer answers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from booking.outcomes import NoSuchDoctor
from booking.requests import Caller, Channel, JoinWaiting, Known
from booking.stop_clinic import StopPlan
from booking.store.roster.roster import DoctorRow, thd_put_doctors
from booking.store.schema import appointment, stop_notice, waiting
from booking.waiting_outcomes import StillOpen

LI = "13900139000"
MORE = ("110101199003070011", "110101199003070038", "110101199003070054", "110101199003070070", "110101199003070097")
DAY = date(2026, 7, 15)
START = "07150830"


def code_of(text):
    return re.search(r"预约码(\d{8})", text)[1]


@pytest.fixture
def full(town):
    """王建国's six numbers are sold, 8:30 to 张三; 李四 of the other phone has none. ``full.codes``: by time."""
    town.registered()
    town.registered(LI, "440524188001010014", "李四")
    town.codes = {"8:30": code_of(town.text(f"GHDH00868,{START},张三"))}
    for nth, (time, identity) in enumerate(zip(("0800", "0900", "0930", "1000", "1030"), MORE, strict=True)):
        phone = f"1370013700{nth}"
        town.registered(phone, identity, "王五")
        town.codes[time] = code_of(town.text(f"GHDH00868,0715{time},王五", phone))
    return town


def waits(town):
    query = select(waiting.c.status).order_by(waiting.c.id)
    return town.database.now(lambda conn: list(conn.execute(query).scalars()))


def live(town):
    query = select(appointment.c.code).where(appointment.c.live == 1, appointment.c.status == "booked")
    return town.database.now(lambda conn: set(conn.execute(query).scalars()))


def li(town, trace="sms:7"):
    return Caller(hospital=1, phone=f"+86{LI}", channel=Channel.SMS, trace=trace)


def free(town, time="8:30", phone="13800138000"):
    """The booking of this time is given back; what 李四's phone then got."""
    before = len(town.heard[LI])
    town.text(f"QX{town.codes[time]}", phone)
    town.pass_time(2)
    return town.heard[LI][before:]


def test_full_then_waiting_then_an_offer_then_yes(full):
    """A sold-out time is told with the way to wait; 1 waits, a number given back is offered, Y books it."""
    told = full.text(f"GHDH00868,{START},李四", LI)
    assert (
        told
        == "【仁和】王建国医生这个时间已约满。该医生近期没有空号。查同科医生请发 CX心血管内科；候补同一班次的空号请回复1"
    )
    assert waits(full) == []
    joined = full.text("1", LI)
    assert (
        joined
        == "【仁和】李*已候补7月15日(周三)上午王建国医生，排第1位。有空号即发短信，到时请回复Y。查看或退出候补请发 CX"
    )
    (offer,) = free(full)
    assert "候补有号：李*7月15日(周三)上午8:30" in offer
    assert (
        full.text("CX", LI)
        == "【仁和】您目前没有预约。\n候补有号：7月15日(周三)8:30王建国医生2号，保留到9:15，要请回复Y，不要请回复N"
    )
    assert "李*已预约7月15日(周三)上午8:30" in full.text("Y", LI)
    assert waits(full) == ["won"]
    assert "目前没有等您选择的问题" in full.text("Y", LI)


def test_every_text_fits_two_parts(full):
    """Each part costs: what is told of the waiting list is short."""
    said = [full.text(f"GHDH00868,{START},李四", LI), full.text("3", LI), full.text("1", LI), full.text("CX", LI)]
    assert max(map(len, [*said, *free(full)])) <= 134


@pytest.mark.parametrize("no", ["2", "N", "0"])
def test_who_would_not_wait(full, no):
    """2 (or N, or 0) leaves it, and nobody waits."""
    full.text(f"GHDH00868,{START},李四", LI)
    assert "未加入候补" in full.text(no, LI)
    assert waits(full) == []


def test_another_number_is_asked_again(full):
    """Nothing but a yes puts anybody on the list; the question is put again with its two answers."""
    full.text(f"GHDH00868,{START},李四", LI)
    again = full.text("5", LI)
    assert again == "【仁和】请回复1候补或2不候补。王建国医生7月15日(周三)8:30已约满，要候补吗？回复1候补，2不候补"
    assert waits(full) == []


def test_a_house_without_a_list_offers_none(full):
    """Where the session is not sold any more, nobody is told to wait for it."""
    full.clock.at += timedelta(hours=25)
    assert "候补" not in full.text(f"GHDH00868,{START},李四", LI)


def test_places_are_seen_and_left(full):
    """CX shows the place under a number; that number gives it up, 0 keeps it."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    assert (
        full.text("CX", LI)
        == "【仁和】您目前没有预约。\n候补中（退出请回复数字）：\n1 7月15日(周三)上午王建国医生 李* 第1位"
    )
    assert "候补都保留" in full.text("0", LI)
    full.text("CX", LI)
    assert "请选择要退出的候补，回复数字（0退出）：\n1 7月15日(周三)上午王建国 李*" in full.text("2", LI)
    assert "已取消7月15日(周三)上午王建国医生的候补" in full.text("1", LI)
    assert waits(full) == ["left"]
    assert "您目前没有预约。预约请发 GH" in full.text("CX", LI)


def test_a_place_that_became_an_offer_is_not_left(full):
    """Between CX and the number a number was offered: the patient is told to look again, and the offer stands."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    full.text("CX", LI)
    full.clock.at += timedelta(seconds=1)
    free(full)
    full.text("CX", LI)
    assert waits(full) == ["offered"]


def test_waiting_instead_of_another_time(full):
    """In the step-by-step dialogue a time that was sold meanwhile can be waited for, without saying again who is meant."""
    full.text(f"QX{full.codes['8:30']}")
    full.text(f"QX{full.codes['1030']}", "13700137004")
    for answer in ("GH", "1", "1", "1", "1"):
        full.text(answer, LI)
    full.text(f"GHDH00868,{START},张三")
    again = full.text("1", LI)
    assert "这个时间刚刚不能约了。请选择时间，回复数字（0退出）：\n1 10:30" in again
    assert "候补" not in again  # a number of the session is free: nobody waits beside it
    full.text("GH", LI)
    for answer in ("1", "1", "1", "1"):
        full.text(answer, LI)
    full.text("GHDH00868,07151030,王五", "13700137004")
    assert "王建国医生7月15日(周三)10:30已约满，要候补吗？回复1候补，2不候补" in full.text("1", LI)
    assert "李*已候补" in full.text("1", LI)


def test_an_offer_is_declined(full):
    """N (or 2) lets the next one have it, and says what was understood."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    free(full)
    assert "已取消7月15日(周三)上午王建国医生的候补" in full.text("2", LI)
    assert waits(full) == ["left"]


def test_an_offer_answers_to_a_bare_number_too(full):
    """1 is a yes where the offer was the last thing asked."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    free(full)
    assert "请回复Y" not in full.text("1", LI)
    assert waits(full) == ["won"]


def test_an_offer_that_is_over(full):
    """Too late: the patient hears so, with a way on."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    free(full)
    full.clock.at += timedelta(minutes=16)
    assert "已过时限。再约请发 GHDH00868" in full.text("Y", LI)


class TestSeveralQuestions:
    """An offer, a stop's notice and a dialogue at once: a bare answer belongs to what was asked last."""

    @pytest.fixture
    def offered(self, full):
        """李四 waits for 王建国's session."""
        full.database.now(
            lambda conn: thd_put_doctors(
                conn,
                full.vault,
                1,
                [DoctorRow(number="00777", name="陈晓明", title="副主任医师", department_code="02")],
            )
        )
        full.text("GHDH00123,07150800,李四", LI)
        full.text(f"GHDH00868,{START},李四", LI)
        full.text("1", LI)
        full.pass_time(1)
        return full

    def stop(self, town, result_of):
        """李梅's session goes to 陈晓明."""
        plan = StopPlan(
            hospital=1, doctor="00123", day=DAY, period="AM", action="substitute", by="wang", substitute="00777"
        )
        result_of(town.stops.announce(plan))
        town.pass_time(2)

    def choices(self, town):
        return town.database.now(lambda conn: list(conn.execute(select(stop_notice.c.choice)).scalars()))

    def test_the_notice_came_last(self, offered, result_of):
        """1 keeps the substitute; the offer is put again, and Y takes it."""
        free(offered)
        self.stop(offered, result_of)
        said = offered.text("1", LI)
        assert "已保留：李*7月15日(周三)8:00消化内科陈晓明" in said
        assert said.endswith("候补有号：7月15日(周三)8:30王建国医生2号，保留到9:15，要请回复Y，不要请回复N")
        assert (self.choices(offered), waits(offered)) == (["keep"], ["offered"])
        assert "已预约7月15日(周三)上午8:30" in offered.text("Y", LI)

    def test_the_offer_came_last(self, offered, result_of):
        """1 takes the number; the notice is put again, and its number answers it."""
        self.stop(offered, result_of)
        free(offered)
        said = offered.text("1", LI)
        assert "李*已预约7月15日(周三)上午8:30" in said
        assert "的通知请回复：1保留，2退号，3改约" in said
        assert (self.choices(offered), waits(offered)) == (["none"], ["won"])
        assert "已保留" in offered.text("1", LI)

    def test_yes_is_for_the_offer_though_the_notice_came_last(self, offered, result_of):
        """A notice asks for no yes: Y can only mean the number."""
        free(offered)
        self.stop(offered, result_of)
        assert "李*已预约7月15日(周三)上午8:30" in offered.text("Y", LI)
        assert (self.choices(offered), waits(offered)) == (["none"], ["won"])

    def test_three_is_for_the_notice_though_the_offer_came_last(self, offered, result_of):
        """An offer has two answers: 3 can only mean the notice."""
        self.stop(offered, result_of)
        free(offered)
        offered.text("3", LI)
        assert waits(offered) == ["offered"]

    def test_an_offer_in_the_middle_of_a_dialogue(self, offered):
        """1 takes the number that was offered last; then the dialogue's question is put again and takes the next 1."""
        assert "请选择科室" in offered.text("GH", LI)
        offered.pass_time(1)
        free(offered)
        said = offered.text("1", LI)
        assert "李*已预约7月15日(周三)上午8:30" in said
        assert "请选择科室" in said
        assert "请选择医生" in offered.text("2", LI)

    def test_a_dialogue_begun_after_the_offer(self, offered):
        """The dialogue asked last: 1 chooses there, and the offer stands; Y, which no list takes, is for the offer."""
        free(offered)
        offered.text("GH", LI)
        assert "请选择医生" in offered.text("2", LI)
        assert waits(offered) == ["offered"]
        said = offered.text("Y", LI)
        assert "已预约7月15日(周三)上午8:30" in said
        assert "请选择医生" in said

    def test_words_are_for_the_dialogue(self, offered):
        """A department's name answers the dialogue, whatever was offered."""
        offered.text("GH", LI)
        offered.pass_time(1)
        free(offered)
        assert "请选择医生" in offered.text("消化内科", LI)
        assert waits(offered) == ["offered"]

    def test_giving_back_by_code_under_a_notice(self, offered, result_of):
        """QX on a booking that another doctor takes over: given back uncounted, also past the deadline; the notice is answered."""
        code = offered.text("CX", LI).split("您有1个预约：\n")[1][:8]
        self.stop(offered, result_of)
        offered.clock.at += timedelta(hours=22, minutes=55)  # five minutes before the visit
        assert "的预约已取消" in offered.text(f"QX{code}", LI)
        assert self.choices(offered) == ["giveback"]
        ended = offered.database.now(
            lambda conn: conn.execute(select(appointment.c.ended_by).where(appointment.c.code == code)).scalar_one()
        )
        assert ended == "hospital"

    def test_giving_back_what_was_kept(self, offered, result_of):
        """Who said that he keeps it gives it back as any other booking."""
        code = offered.text("CX", LI).split("您有1个预约：\n")[1][:8]
        self.stop(offered, result_of)
        offered.text("1", LI)
        offered.text(f"QX{code}", LI)
        assert self.choices(offered) == ["keep"]


def test_a_yes_that_is_served_again(full, result_of):
    """The process died between the booking and its mark: the same text does nothing more, whatever else is open by now."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    free(full)
    (offer,) = result_of(full.room.mine(li(full)))
    result_of(full.room.answer(li(full), True, offer.id))
    assert result_of(full.room.settled_by(li(full))) is True
    assert result_of(full.room.settled_by(replace(li(full), trace="sms:8"))) is None
    assert result_of(full.room.settled_by(replace(li(full), phone=None))) is None


def test_a_no_that_is_served_again(full, result_of):
    """The same for a no."""
    full.text(f"GHDH00868,{START},李四", LI)
    full.text("1", LI)
    free(full)
    result_of(full.room.answer(li(full), False))
    assert result_of(full.room.settled_by(li(full))) is False


def test_where_one_may_wait(full, result_of):
    """A doctor or time that is not there, or a caller who cannot be called back: no list."""
    start = full.clock.at.replace(tzinfo=None, hour=8, minute=30, day=15)
    room, caller = full.room, li(full)
    assert result_of(room.may_wait(caller, "00868", start)) is True
    assert result_of(room.may_wait(caller, "00868", start.replace(minute=31))) is False
    assert result_of(room.may_wait(caller, "99999", start)) is False
    assert result_of(room.may_wait(caller, "00123", start)) is False
    assert result_of(room.may_wait(replace(caller, phone=None), "00868", start)) is False
    wish = JoinWaiting(caller=caller, doctor="00123", who=Known(1), key="k", start=start)
    assert isinstance(result_of(room.join(wish)), StillOpen)
    assert isinstance(result_of(room.join(replace(wish, doctor="99999"))), NoSuchDoctor)
