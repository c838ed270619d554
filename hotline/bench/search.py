"""``hotline bench search``: finding a doctor by words in a province's store, beside a plain LIKE over the cards and all free numbers.

The store has so many hospitals, doctors and days; one hospital after the other is searched by name, pinyin, department and
illness, with the directory in memory and without, in turns. The yardstick cannot read pinyin: there it is asked for the name.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from booking.store.database import make_engine
from booking.store.roster.directories import Directories
from booking.store.roster.finding import Span, thd_search
from booking.store.schema import clinic_session, department, doctor, hospital, metadata, slot
from booking.store.transaction import thd_read, thd_write
from hotline.bench.rows import Row, median, percentile

DAY = date(2026, 7, 15)
SURNAMES, FIRST, SECOND = "王李张刘陈杨赵黄周吴", "建国志明晓丽海红", "国华强芳军敏静磊"
DEPARTMENTS = ("心血管内科", "消化内科", "神经内科", "骨科", "儿科", "妇产科", "眼科", "皮肤科", "肿瘤科", "呼吸内科")
ILLNESSES = (
    "冠心病、高血压",
    "胃炎、胃镜",
    "头痛、脑血管病",
    "颈椎病",
    "小儿哮喘",
    "产前检查",
    "近视",
    "痤疮",
    "肺癌",
    "慢阻肺",
)
ASKED = (
    ("name", "王建国", "王建国"),
    ("pinyin", "wjg", "王建国"),
    ("department", "消化内科", "消化内科"),
    ("illness", "冠心病", "冠心病"),
)
NUMBERS = 4
MOST = 4

_LIKE = text(
    "SELECT d.id, d.number, d.name, d.title, p.name AS department FROM doctor d JOIN department p ON p.id = d.department_id"
    " WHERE d.hospital_id = :hospital AND (d.name LIKE :words OR d.speciality LIKE :words OR p.name LIKE :words)"
)
_FREE = (
    "SELECT s.doctor_id, c.day, COUNT(*), MIN(s.start) FROM slot s JOIN clinic_session c ON c.id = s.session_id"
    " WHERE s.hospital_id = :hospital AND s.taken = 0 AND s.start > :after AND s.start < :until AND c.status = 'open'"
    " AND s.doctor_id IN ({ids}) GROUP BY s.doctor_id, c.day ORDER BY MIN(s.start), s.doctor_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    hospitals: int
    doctors: int
    days: int


WHOLE, QUICK = Size(hospitals=100, doctors=300, days=14), Size(hospitals=2, doctors=40, days=7)


def thd_fill(conn: Any, nth: int, size: Size) -> None:
    """One hospital with its doctors, one session a day each, a third of the numbers sold."""
    conn.execute(
        insert(hospital),
        {"id": nth, "code": f"h{nth}", "name": f"第{nth}医院", "short_name": "院", "address": "", "phone": ""},
    )
    base = (nth - 1) * len(DEPARTMENTS)
    conn.execute(insert(department), [
        {"id": base + at, "hospital_id": nth, "code": f"{at:02d}", "name": name, "location": ""}
        for at, name in enumerate(DEPARTMENTS, 1)])  # fmt: skip
    names = ["".join(parts) for parts in product(SURNAMES, FIRST, SECOND)]
    first = (nth - 1) * size.doctors + 1
    doctors: list[dict[str, Any]] = [
        {"id": first + at, "hospital_id": nth, "number": f"{at:05d}", "name": names[at * 7 % len(names)], "title": "医师",
         "department_id": base + 1 + at % len(DEPARTMENTS), "speciality": ILLNESSES[at % len(ILLNESSES)], "phone_sealed": None}
        for at in range(size.doctors)
    ]  # fmt: skip
    conn.execute(insert(doctor), doctors)
    sessions, slots = [], []
    for (at, one), day in product(enumerate(doctors), range(size.days)):
        session_id = (one["id"] - 1) * size.days + day + 1
        when = DAY + timedelta(days=day)
        sessions.append({"id": session_id, "hospital_id": nth, "doctor_id": one["id"], "day": when, "period": "AM", "place": "",
                         "fee_fen": 0, "clinic_type": "普通", "status": "open"})  # fmt: skip
        start = datetime.combine(when, datetime.min.time()) + timedelta(hours=8)
        slots += [
            {"hospital_id": nth, "session_id": session_id, "doctor_id": one["id"], "start": start + timedelta(minutes=15 * seq),
             "seq": seq, "taken": int((at + seq) % 3 == 0)}
            for seq in range(1, NUMBERS + 1)
        ]  # fmt: skip
    conn.execute(insert(clinic_session), sessions)
    conn.execute(insert(slot), slots)


def thd_like(conn: Any, hospital_id: int, words: str, span: Span) -> int:
    """The same search as a program without a directory makes it."""
    rows = conn.execute(_LIKE, {"hospital": hospital_id, "words": f"%{words}%"}).all()
    if not rows:
        return 0
    free = text(_FREE.format(ids=",".join(str(row.id) for row in rows)))
    after, until = (moment.isoformat(" ", "microseconds") for moment in (span.after, span.until))
    return len({row[0] for row in conn.execute(free, {"hospital": hospital_id, "after": after, "until": until})})


def _seconds(engine: Engine, thd: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[float]:
    took = []
    for args in calls:
        begun = time.perf_counter()
        thd_read(engine, thd, *args)
        took.append(time.perf_counter() - begun)
    return took


def run(*, quick: bool = False, rounds: int = 3) -> Iterator[Row]:
    """Yields a row a kind of words, and one for the first search after an import."""
    size = QUICK if quick else WHOLE
    span = Span(
        after=datetime.combine(DAY, datetime.min.time()),
        until=datetime.combine(DAY + timedelta(days=size.days), datetime.min.time()),
    )
    with tempfile.TemporaryDirectory(prefix="hotline-search-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder)}/search.db")
        metadata.create_all(engine)
        for nth in range(1, size.hospitals + 1):
            thd_write(engine, thd_fill, nth, size)
        hospitals = range(1, size.hospitals + 1)
        kept = Directories()
        first = _seconds(engine, thd_search, [(kept, nth, "王", span, MOST) for nth in hospitals])
        for kind, words, plain in ASKED:
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                ours += _seconds(engine, thd_search, [(kept, nth, words, span, MOST) for nth in hospitals])
                theirs += _seconds(engine, thd_like, [(nth, plain, span) for nth in hospitals])
            yield _row(f"by {kind}, median", median(ours), median(theirs))
            yield _row(f"by {kind}, p99", percentile(ours, 0.99), percentile(theirs, 0.99))
        yield _row("the first after an import, median", median(first), median(theirs))
        engine.dispose()


def _row(case: str, ours: float, theirs: float) -> Row:
    return Row(
        bench="search",
        case=case,
        value=ours * 1e3,
        unit="ms",
        yardstick="LIKE over cards, all free numbers grouped",
        yardstick_value=theirs * 1e3,
        better="lower",
    )
