"""The demo's folder is made once and kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from booking.clock import FixedClock
from hotline.config import Config
from hotline.demo import folder as folder_module
from hotline.demo.folder import Ports, Stock, configure, stock
from hotline.demo.free_times import free_times
from hotline.demo.hospital import FAMOUS, HOSPITAL
from hotline.demo.words import READY, Scene, opening, overheard
from hotline.opening import NotOpened, open_engine

PORTS = Ports(smsc=1, agi=2, metrics=3)


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """One doctor is enough where the hospital itself is not looked at."""
    everybody = folder_module.doctors()
    monkeypatch.setattr(folder_module, "doctors", lambda: everybody[:1])


def stocked(config: Config, clock: FixedClock) -> tuple[Stock, list[datetime]]:
    found = stock(config, clock)
    assert not isinstance(found, NotOpened)
    opened, counts = found
    free = free_times(opened, clock)
    opened.engine.dispose()
    return counts, free


def test_the_configuration_is_an_ordinary_one(tmp_path: Path) -> None:
    """What the demo writes, every other command can read; the ports are those of this start."""
    config = configure(tmp_path / "a folder", PORTS)
    assert config.hospital.code == HOSPITAL.code
    assert config.fastagi.listen == "tcp:2:interface=127.0.0.1"
    assert config.smsc[0].port == 1
    assert config.metrics.listen == "tcp:3:interface=127.0.0.1"
    assert config.prompts.directory == tmp_path / "a folder" / "prompts"


def test_the_key_is_made_once(tmp_path: Path) -> None:
    """The database is sealed with the first start's key: later starts must not make another."""
    key = configure(tmp_path, PORTS).privacy.key
    assert configure(tmp_path, Ports()).privacy.key == key
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("few_people")
def test_a_later_start_adds_the_new_days_and_keeps_the_rest(tmp_path: Path, clock: FixedClock) -> None:
    """Three free times of 00868 on different days from tomorrow on; the next day the window has moved on."""
    config = configure(tmp_path, PORTS)
    counts, free = stocked(config, clock)
    assert counts == Stock(departments=12, doctors=1, slots=11 * 30, bookings=0)
    assert [f"{time:%m%d%H%M}" for time in free] == ["07150800", "07160800", "07170800"]
    clock.at += timedelta(days=1)
    again, free = stocked(config, clock)
    assert again == counts
    assert [f"{time:%m%d%H%M}" for time in free] == ["07160800", "07170800", "07180800"]


def test_a_database_of_another_program_is_refused(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database cannot be brought to our revision, the demo says so and stops."""
    config = configure(tmp_path, PORTS)
    monkeypatch.setattr(folder_module.revision, "upgrade", lambda engine: None)
    refused = stock(config, clock)
    assert isinstance(refused, NotOpened)
    assert "hotline db upgrade" in refused.why


def test_an_outage_between_check_and_opening_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer is an outage, told by its kind and without its address."""

    def silent(engine: Engine) -> str | None:
        raise OperationalError("connect", {}, OSError("host 10.0.0.1"))

    monkeypatch.setattr("hotline.opening.check", silent)
    config = configure(tmp_path, PORTS)
    (tmp_path / "hotline.db").touch()
    refused = open_engine(config)
    assert refused == NotOpened(why="the database does not answer: OperationalError", outage=True)


def scene(*, folder: str = "var/demo", ports: Ports | None = None, free: tuple[datetime, ...] = ()) -> str:
    counts = Stock(departments=12, doctors=60, slots=15180, bookings=3)
    shown = Scene(command="hotline", folder=Path(folder), ports=ports or Ports(), stock=counts, free=free)
    return "\n".join(opening(shown))


def test_the_demo_says_what_to_try() -> None:
    """Every step is a command that can be copied; defaults are not spelled out; the last line says we are ready."""
    times = (datetime.fromisoformat("2026-07-15 08:00"), datetime.fromisoformat("2026-07-16 14:30"))
    said = scene(free=times)
    assert f'hotline text 13800138000 "GHDH{FAMOUS},07150800,张三"' in said
    assert 'hotline text 13800138000 "ZC11010519491231002X,张三"' in said
    assert "\n     hotline dial 13800138000\n" in said
    assert "07161430#" in said
    assert "bookings kept from before: 3" in said
    assert said.splitlines()[-1] == READY


def test_the_demo_shows_a_clerks_day() -> None:
    """With a morning that nobody has booked yet: a reserve, a waiting patient, a stop, rules, statistics; else nothing is promised."""
    days = ("2026-07-15 08:00", "2026-07-16 14:30", "2026-07-17 08:00")
    said = scene(free=tuple(datetime.fromisoformat(day) for day in days))
    assert (
        f"hotline pool --doctor {FAMOUS} --day 2026-07-17 --period 上午 --numbers 2-16 --to withheld -c var/demo/hotline.toml"
        in said
    )
    assert f'hotline text 13900139000 "GHDH{FAMOUS},07170800,李四"; hotline text 13900139000 1' in said
    assert f"hotline stop-clinic announce {FAMOUS} 2026-07-17 上午 -c var/demo/hotline.toml" in said
    assert "07161430#" in said, "the call is for the second day"
    late = ("2026-07-15 08:00", "2026-07-16 14:30", "2026-07-17 09:15")
    assert "pool" not in scene(free=tuple(datetime.fromisoformat(day) for day in late))


def test_other_ports_and_folders_are_spelled_out() -> None:
    """Whoever started the demo elsewhere is told the options that reach it."""
    times = (datetime.fromisoformat("2026-07-15 08:00"),)
    said = scene(folder="/tmp/d", ports=PORTS, free=times)
    assert "hotline text --port 1 13800138000" in said
    assert "hotline dial --port 2 --prompts /tmp/d/prompts 13800138000" in said


def test_a_fully_booked_famous_doctor_is_said() -> None:
    """Where nothing is free, nothing is promised."""
    assert "fully booked" in scene()


def test_overheard_texts_are_masked() -> None:
    """The number is masked, and whatever number the words hold."""
    assert overheard("16100000868", "新预约，13800138000") == "→ 短信 text to 161****0868: 新预约，138****8000"
