"""Two daemons with the role ``sms`` on one MariaDB, one bind: the standby takes it over, at once when asked to, in seconds when it must.

Node's SMSC (not ours) stays up and does what SMSCs do: it sends again what was not acknowledged.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from node_smsc import Operator
from ports import free_port
from real_house import Daemon, House
from sqlalchemy import NullPool, create_engine, func, select
from stock import stock
from waiting import wait_until

from booking.store.schema import lease, outbox

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("node-smpp", "mariadb")]

DOCTORS = {"00868": "+8613700000868"}


def phone(n: int) -> str:
    return f"86139{n:08d}"


@pytest.fixture
def operator() -> Iterator[Operator]:
    operator = Operator(free_port(), redelivers=True)
    yield operator
    operator.close()


@pytest.fixture
def pair(tmp_path, operator, mariadb_url) -> Iterator[tuple[House, Daemon]]:
    """Two daemons of one house; the first has the bind, the second stands by."""
    first = House(tmp_path, "sms", smsc=operator.port, url=mariadb_url)
    stock(first.toml, DOCTORS, slots=200, minutes=1).opened.engine.dispose()
    second = Daemon(first.toml, "sms")
    first.start()
    operator.smsc.wait_for("bound")
    second.start()
    second.wait_ready()
    yield first, second
    first.end()
    second.end()


def rows(url: str, query) -> list[tuple]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(query)]


def ask(operator: Operator, first: int, count: int) -> set[str]:
    """Texts, each from a phone of its own."""
    asked = {phone(n) for n in range(first, first + count)}
    operator.deliver(*({"from": each, "text": "CX00868"} for each in sorted(asked)))
    return asked


def test_the_standby_takes_the_bind_of_a_killed_daemon(pair, operator, mariadb_url, capsys):
    """kill -9 under load: bound again in seconds; every text is answered, twice only what was in flight, and nobody asks for that bind twice."""
    first, second = pair
    asked = ask(operator, 0, 60)
    operator.wait_answers(asked)
    assert operator.smsc.count("bound") == 1, "the standby does not bind beside the holder"
    asked |= ask(operator, 60, 200)
    operator.smsc.wait_for("acked", 100)
    killed = time.monotonic()
    first.kill()
    asked |= ask(operator, 260, 20)  # nobody is bound: the operator keeps them
    operator.smsc.wait_for("bound", 2)
    taken = time.monotonic() - killed
    operator.wait_acked()
    answers = operator.wait_answers(asked)
    unsent = select(outbox.c.id).where(outbox.c.status.in_(("pending", "sending")))
    wait_until(lambda: not rows(mariadb_url, unsent), why="texts left unsent", every=0.2)
    doubled = {to: words for to, words in operator.answers().items() if len(words) > 1}
    with capsys.disabled():
        print(f"\n  bound again {taken:.1f} s after kill -9; {len(asked)} texts, {len(doubled)} answered twice")  # noqa: T201
    assert all(len(set(words)) == 1 for words in doubled.values()), "the second answer differs"
    assert len(doubled) <= rows(mariadb_url, select(func.count()).where(outbox.c.resent))[0][0], (
        "not in flight at the kill"
    )
    assert asked <= answers.keys()
    assert rows(mariadb_url, select(lease.c.name, lease.c.token).where(lease.c.name == "smsc:real")) == [
        ("smsc:real", 2)
    ]
    assert second.stop() == 0


def test_a_daemon_that_stops_hands_the_bind_over(pair, operator, capsys):
    """SIGTERM: it unbinds, and the standby need not wait for any term to end; no text is answered twice."""
    first, second = pair
    asked = ask(operator, 0, 100)
    operator.smsc.wait_for("acked", 50)
    stopped = time.monotonic()
    assert first.stop() == 0
    ended = time.monotonic()
    operator.smsc.wait_for("bound", 2)
    with capsys.disabled():
        print(f"\n  stopped in {ended - stopped:.1f} s, bound again {time.monotonic() - ended:.1f} s later")  # noqa: T201
    asked |= ask(operator, 100, 20)
    operator.wait_acked()
    operator.wait_answers(asked)
    assert second.stop() == 0
    answers = operator.answers()
    assert Counter(len(answers[to]) for to in asked) == {1: len(asked)}
