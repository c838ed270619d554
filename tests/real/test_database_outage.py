"""The database goes away under a running daemon and comes back: texts wait at the SMSC, a caller reaches an agent, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from node_smsc import Operator
from ports import free_port
from processes import hotline
from real_house import House
from stock import stock
from waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb", "node-smpp")]

SCRIPTS = Path(__file__).parents[2] / "scripts"
PUT_OFF = 0x64  # ESME_RX_T_APPN: the SMSC keeps the text and tries again


@dataclass(frozen=True)
class Server:
    """A MariaDB of this test's own, always on the same port."""

    folder: Path
    port: int

    def up(self) -> str:
        command = [SCRIPTS / "mariadb-up", "--port", str(self.port), self.folder]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def down(self) -> None:
        subprocess.run([SCRIPTS / "mariadb-down", self.folder], check=False, capture_output=True, timeout=60)


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="hotline-outage-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server's user has to enter
        one = Server(Path(folder) / "run", free_port())
        yield one
        one.down()


@pytest.fixture
def town(tmp_path, server) -> Iterator[tuple[Operator, House]]:
    url = server.up()
    operator = Operator(free_port())
    house = House(tmp_path, "ivr,sms,jobs", smsc=operator.port, url=url)
    stock(house.toml, {"00868": "+8613700000868"}, slots=10, minutes=15).opened.engine.dispose()
    house.start()
    house.wait_ready()
    yield operator, house
    house.end()
    operator.close()


def texts(start: int, count: int) -> list[dict[str, object]]:
    return [{"from": f"86139{n:08d}", "text": "CX00868"} for n in range(start, start + count)]


def put_off(operator: Operator) -> int:
    return sum(event["status"] == PUT_OFF for event in operator.smsc.seen("acked"))


def test_texts_wait_and_callers_reach_an_agent_until_the_database_is_back(town, server):
    """During the outage nothing is acknowledged, nothing crashes, readiness says why; afterwards every text is answered once, by itself."""
    operator, house = town
    operator.deliver(*texts(0, 20))
    operator.wait_acked()
    operator.wait_answers({delivery["from"] for delivery in texts(0, 20)})

    server.down()
    operator.deliver(*texts(20, 20))
    wait_until(lambda: put_off(operator) >= 20, why=lambda: f"{put_off(operator)} put off")
    assert len(operator.unacked()) == 20
    checks = house.readiness()["checks"]
    assert not checks["database"]["ok"]
    assert checks["smsc real"]["ok"], "one thing is down, not all"
    call = json.loads(hotline("dial", "13800138000", "--json", "--port", house.agi, "--keys", "1,1,00868").stdout)
    assert call["done"] == "queue", call

    server.up()
    wait_until(lambda: house.readiness()["ready"], why="not ready again by itself")
    operator.again(operator.unacked())
    operator.wait_acked()
    everybody = {delivery["from"] for delivery in texts(0, 40)}
    answers = operator.wait_answers(everybody)
    assert {to: len(words) for to, words in answers.items()} == dict.fromkeys(everybody, 1)
    assert operator.smsc.count("bound") == 1, "the bind outlived the outage"
    assert house.stop() == 0
