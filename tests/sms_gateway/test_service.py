"""What a patient with a phone sees: a text goes out, its answer comes back, once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from booking.outcomes import NoSuchDoctor
from booking.requests import Caller, Channel, JoinWaiting, Named
from booking.store.schema import slot
from booking.waiting_outcomes import Waits


def test_the_main_story(town):
    """Not registered, registered, booked, seen, cancelled, and the slot is free again."""
    assert "请先发 ZC" in town.text("GHDH00868,07150830,张三")
    assert town.text("ZC11010519491231002X,张三").startswith("【仁和】登记成功：张* 110105********002X")
    booked = town.text("GHDH00868,07150830,张三")
    assert booked.startswith("【仁和】张*已预约7月15日(周三)上午8:30心血管内科王建国主任医师")
    code = booked.split("预约码")[1][:8]
    assert code in town.text("CX")
    assert "已预约" not in town.text("GHDH00868,07150830,张三")
    assert "已取消" in town.text(f"QX{code}")
    assert "此前已取消" in town.text(f"QX{code}")
    assert "已预约" in town.text("GHDH00868,07150830,张三")


def test_the_doctor_hears_of_bookings(town):
    """The doctor's own phone gets a text when a number is sold."""
    town.phone("13900000868")
    town.registered()
    town.text("GHDH00868,07150830,张三")
    assert town.heard["13900000868"] == ["【仁和】王建国医生：新预约7月15日(周三)上午8:30，2号，张*"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("CX00868", "心血管内科王建国主任医师余6个号"),
        ("CX心血管内科", "00868 王建国 主任医师"),
        ("CX高血压", "00868 王建国"),
        ("CX0715", "7月15日(周三)有号的医生"),
        ("CX0720", "7月20日(周一)没有可约的号"),
        ("CX牙科", "没有查到“牙科”"),
        ("CX99999", "没有工号为99999的医生"),
        ("CX", "您目前没有预约"),
        ("QX12345678", "预约码"),
        ("GHDH00868,07150845,张三", "王建国医生7月15日(周三)8:45没有号"),
        ("GHDH00868,07150830", "姓名"),
        ("ZC110105194912310021,张三", "身份证号不对"),
        ("TS候诊时间太长", "您的意见已受理"),
        ("TS12345678", "没有查到您的投诉编号"),
        ("BZ", "预约发 GHDH00868,07150830,张三"),
        ("TD", "已退订"),
        ("DY", "已恢复"),
        ("1", "目前没有等您选择的问题"),
        ("今天天气不错", "没看懂"),
        ("GQ12345674,07160900", "请"),
        ("GQ12345678,07160900", "没有查到您名下的预约码12345678"),
        ("Y", "目前没有等您选择的问题"),
        ("PJ12345678,5", "暂不能用短信评分"),
        ("😀😀😀", "没看懂"),
    ],
)
def test_every_text_gets_one_answer(town, sent, said):
    """One text, one answer, signed by the hospital."""
    answer = town.text(sent)
    assert said in answer
    assert answer.count("【仁和】") == 1
    assert "----" not in answer


def test_a_booking_is_moved_by_text(town):
    """GQ with the code and a time: the booking stands there, under its code."""
    town.registered()
    code = town.text("GHDH00868,07150830,张三").split("预约码")[1][:8]
    assert f"预约码仍为{code}" in town.text(f"GQ{code},07150930")
    assert "无须改期" in town.text(f"GQ{code},07150930")
    assert "9:30" in town.text("CX")


def test_who_waits_answers_by_text(town, result_of):
    """A number given back is offered to who waits; Y makes it his."""
    town.registered()
    code = town.text("GHDH00868,07150830,张三").split("预约码")[1][:8]
    town.registered("13900139000", "440524188001010014", "李四")
    town.database.now(lambda conn: conn.execute(update(slot).where(slot.c.doctor_id == 1).values(taken=1)).rowcount)
    caller = Caller(hospital=1, phone="+8613900139000", channel=Channel.SMS)
    wish = JoinWaiting(
        caller=caller, doctor="00868", who=Named("李四"), key="w", start=datetime.fromisoformat("2026-07-15 08:30")
    )
    assert isinstance(result_of(town.room.join(wish)), Waits)
    town.text(f"QX{code}")
    assert "已预约7月15日(周三)上午8:30" in town.text("Y", "13900139000")


def test_booking_step_by_step(town):
    """GH alone asks department, doctor, day, time and whom, then books after a yes."""
    town.registered()
    assert "1 心血管内科" in town.text("GH")
    assert "1 王建国 主任医师" in town.text("1")
    assert "1 7月15日(周三) 余6" in town.text("1")
    assert "2 8:30" in town.text("1")
    assert town.text("2") == "【仁和】为张*预约心血管内科王建国医生7月15日(周三)8:30？回复1确认，2取消"
    assert "已预约7月15日(周三)上午8:30" in town.text("1")
    assert "没有等您选择的问题" in town.text("1")


def test_step_by_step_without_registration_says_how_to_register(town):
    """Whoever is not registered hears so before the confirmation, and what was chosen is not lost."""
    for choice in ("GH", "1", "1", "1"):
        town.text(choice)
    said = town.text("2")
    assert "还没有登记就诊人" in said
    for example in (said.split("例如 ")[1].split("；")[0], said.split("再预约 ")[1]):
        answer = town.text(example)
    assert "已预约7月15日(周三)上午8:30" in answer


def test_cancel_at_the_confirmation_leaves_the_question(town):
    """「回复1确认，2取消」 may be answered with the word itself; without a question it asks for a code."""
    town.registered()
    for choice in ("GH", "1", "1", "1"):
        town.text(choice)
    assert "2取消" in town.text("2")
    assert town.text("取消") == "【仁和】已退出，未作预约。重新选择请发 GH"
    assert "请写8位预约码" in town.text("取消")


def test_a_command_closes_the_question(town):
    """A number after another command answers nothing."""
    town.text("GH")
    town.text("CX")
    assert "没有等您选择的问题" in town.text("1")


def test_words_that_are_no_choice_are_asked_again(town):
    """The question comes back; 0 leaves it."""
    town.text("GH")
    assert town.text("我不知道选哪个").startswith("【仁和】请回复选项前的数字。请选择科室")
    assert "1 李梅 副主任医师" in town.text("消化内科")
    assert "已退出" in town.text("0")


def test_a_question_lives_ten_minutes(town):
    """After ten minutes a number is no answer any more."""
    town.text("GH")
    town.clock.at += timedelta(seconds=601)
    assert "没有等您选择的问题" in town.text("1")


def test_a_time_sold_meanwhile_is_offered_no_more(town):
    """Somebody was quicker: the other times are offered, and the rest of the choices stay."""
    town.registered()
    town.registered("13800138001", "11010119900307109X", "李四")
    for choice in ("GH", "1", "1", "1", "2"):
        town.text(choice)
    assert "已预约" in town.text("GHDH00868,07150830,李四", "13800138001")
    again = town.text("1")
    assert "这个时间刚刚不能约了" in again
    assert "已预约" not in town.text("1")
    assert "已预约" in town.text("1")


def test_a_long_text_in_parts_is_one_text(town):
    """A complaint of three parts is one case, answered once."""
    answer = town.text("TS" + "等了三个小时，叫号的屏幕坏了，护士说不知道。" * 8)
    assert answer.count("已受理") == 1
    assert town.count("hotline_sms_taken_total", smsc="sim", what="part") == 2
    assert town.count("hotline_sms_taken_total", smsc="sim", what="new") == 1


def test_texts_of_one_phone_are_answered_in_order(town):
    """Registering and booking sent in one breath both work."""
    phone = town.phone()
    phone.send("ZC11010519491231002X,张三", "12580")
    phone.send("GHDH00868,07150830,张三", "12580")
    town.pass_time()
    assert ["登记成功" in town.heard["13800138000"][0], "已预约" in town.heard["13800138000"][1]] == [True, True]


def test_a_second_booking_in_a_session_is_refused_step_by_step_too(town):
    """The rules hold in the dialogue; its refusal ends it."""
    town.registered()
    town.text("GHDH00868,07150830,张三")
    for choice in ("GH", "1", "1", "1", "1"):
        town.text(choice)
    assert "同一班次不能再约" in town.text("1")
    assert "没有等您选择的问题" in town.text("1")


def test_a_doctor_whose_times_went_meanwhile_ends_the_dialogue(town, monkeypatch):
    """Sold out between two answers: said so, with the way to start again."""
    for choice in ("GH", "1"):
        town.text(choice)
    monkeypatch.setattr(type(town.reception), "times", no_such_doctor)
    assert "该医生的号刚刚约满" in town.text("1")


async def no_such_doctor(reception, hospital, number, day, most):
    return NoSuchDoctor(number=number)


def test_who_is_asked_when_several_are_registered(town):
    """A family's phone chooses for whom."""
    town.registered()
    town.registered(identity="11010119900307109X", name="李四")
    for choice in ("GH", "1", "1", "1"):
        town.text(choice)
    assert "2 李* 110101********109X" in town.text("1")
    assert "为李*预约" in town.text("2")
    assert "已退出" in town.text("2")
