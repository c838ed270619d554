"""A hospital of our own invention: 12 departments, 60 doctors, their sessions on any day. Generated, never stored as a dump.

The same seed always gives the same people, and a doctor's sessions on a day depend on nothing but the two, so that tomorrow's start adds
tomorrow's new day and changes no other. Doctor 00868 works every morning and afternoon. Telephone numbers lie in the block 161,
which no operator has given out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from random import Random

from booking.store.roster.roster import DepartmentRow, DoctorRow, HospitalRow, SessionRow

HOSPITAL = HospitalRow(
    code="qingfeng", name="青枫市中心医院", short_name="青枫医院", address="青枫市湖滨路 88 号", phone="0599-8000000"
)
FAMOUS = "00868"

_DEPARTMENTS = (
    ("心血管内科", "高血压、冠心病、心律失常、心力衰竭、心脏起搏"),
    ("消化内科", "胃炎、消化性溃疡、肝病、炎症性肠病、内镜诊治"),
    ("呼吸内科", "哮喘、慢阻肺、肺部感染、睡眠呼吸暂停、肺结节"),
    ("神经内科", "脑卒中、头痛、癫痫、帕金森病、失眠"),
    ("内分泌科", "糖尿病、甲状腺疾病、骨质疏松、肥胖症、痛风"),
    ("骨科", "颈肩腰腿痛、骨折、关节置换、运动损伤、脊柱侧弯"),
    ("普通外科", "甲状腺手术、疝气、胆囊结石、胃肠肿瘤、乳腺疾病"),
    ("妇产科", "产前检查、妇科肿瘤、不孕症、月经失调、更年期"),
    ("儿科", "小儿发热、小儿哮喘、生长发育、小儿腹泻、新生儿黄疸"),
    ("眼科", "白内障、青光眼、近视矫治、眼底病、干眼症"),
    ("耳鼻咽喉科", "鼻窦炎、中耳炎、耳鸣、扁桃体炎、声带息肉"),
    ("皮肤科", "湿疹、痤疮、银屑病、荨麻疹、带状疱疹"),
)
_SURNAMES = "李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
_GIVEN = (
    "文博",
    "雅琴",
    "志远",
    "秀兰",
    "晓东",
    "慧敏",
    "海涛",
    "静怡",
    "立群",
    "淑芬",
    "振华",
    "佳宁",
    "德明",
    "丽娟",
    "思源",
)
_TITLES = (
    ("主任医师", 5000, "专家"),
    ("副主任医师", 3000, "专家"),
    ("副主任医师", 3000, "专家"),
    ("主治医师", 1500, "普通"),
    ("住院医师", 1000, "普通"),
)
_FEES = {title: (fee, kind) for title, fee, kind in _TITLES}

_MORNING = ("AM", time(8), 15, 16)
_AFTERNOON = ("PM", time(14), 15, 14)
_EVENING = ("NIGHT", time(18), 15, 8)


def departments() -> list[DepartmentRow]:
    return [
        DepartmentRow(code=f"{number:02d}", name=name, location=f"门诊楼{(number + 2) // 3}层")
        for number, (name, _) in enumerate(_DEPARTMENTS, 1)
    ]


def doctors() -> list[DoctorRow]:
    """Five to a department; the first of 心血管内科 is 00868."""
    random = Random("青枫")  # noqa: S311 - people of a play
    surnames = random.sample(_SURNAMES, 60)
    rows = []
    for number, surname in enumerate(surnames):
        department, place = divmod(number, len(_TITLES))
        code = FAMOUS if number == 0 else f"{department + 1:03d}{place + 1:02d}"
        fields = _DEPARTMENTS[department][1].split("、")
        rows.append(
            DoctorRow(
                number=code,
                name="王建国" if number == 0 else surname + random.choice(_GIVEN),
                title=_TITLES[place][0],
                department_code=f"{department + 1:02d}",
                speciality="、".join((fields[place], fields[(place + 1) % len(fields)])),
                phone=f"+86161000{code}",
            )
        )
    return rows


def sessions(today: date, days: int, people: Sequence[DoctorRow]) -> list[SessionRow]:
    """Every session from ``today`` on, for ``days`` days: about 1,400 numbers a day."""
    return [row for offset in range(days) for doctor in people for row in _on(doctor, today + timedelta(days=offset))]


def _on(doctor: DoctorRow, day: date) -> Iterator[SessionRow]:
    random = Random(f"{doctor.number} {day}")  # noqa: S311 - people of a play
    weekend = day.weekday() >= 5
    morning, afternoon, evening = random.random(), random.random(), random.random()
    if doctor.number == FAMOUS or morning < (0.6 if weekend else 0.9):
        yield _session(doctor, day, _MORNING)
    if doctor.number == FAMOUS or afternoon < (0.4 if weekend else 0.8):
        yield _session(doctor, day, _AFTERNOON)
    if doctor.department_code == "09" and evening < 0.3:  # 儿科 has evening hours
        yield _session(doctor, day, _EVENING)


def _session(doctor: DoctorRow, day: date, period: tuple[str, time, int, int]) -> SessionRow:
    name, first, minutes, slots = period
    fee, kind = _FEES[doctor.title]
    floor, wing = divmod(int(doctor.department_code) - 1, 3)
    room = f"{floor + 1}{wing * 5 + int(doctor.number) % 5 + 1:02d}"
    return SessionRow(
        doctor=doctor.number,
        day=day,
        period=name,
        first=first,
        minutes_per_slot=minutes,
        slots=slots,
        place=f"门诊楼{floor + 1}层{room}诊室",
        fee_fen=fee,
        clinic_type=kind,
    )
