"""Names that the telephone will have to say, spoken before anybody calls: doctors, titles, departments, consulting rooms.

New ones (an import) are found at the next round; until their sound is made the caller hears numbers instead.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select, union

from booking.clock import Clock, wall
from booking.store.database import Store
from booking.store.schema import clinic_session, department, doctor
from ivr.speech.voice import Voice

ROUND_SECONDS = 600.0


async def prepare_speech(store: Store, voice: Voice, hospital: int, clock: Clock) -> None:
    """Has the voice make what is missing; returns as soon as that is begun."""
    voice.prepare(*await store.look(thd_spoken, hospital, wall(clock).date()))


def thd_spoken(conn: Connection, hospital: int, today: date) -> tuple[str, ...]:
    """Every text of the roster that flows say, each once."""
    columns = (doctor.c.name, doctor.c.title, department.c.name)
    names = [select(column).where(column.table.c.hospital_id == hospital) for column in columns]
    mine = (clinic_session.c.hospital_id == hospital) & (clinic_session.c.day >= today)
    places = select(clinic_session.c.place).where(mine)
    return tuple(sorted(text for text in conn.execute(union(*names, places)).scalars() if text))
