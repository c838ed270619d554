"""The whole story as a stranger lives it: the demo starts, texts and calls become bookings, Ctrl-C ends it, nothing is lost."""

from __future__ import annotations

import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ports import free_port
from processes import HOTLINE, begin, end, hotline
from waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

PHONE = "13800138000"
IDENTITY = "11010519491231002X"


class Demo:
    """`hotline demo` as a process of its own, with what it has said so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smsc, self.agi, self.metrics = free_port(), free_port(), free_port()
        ports = ("--smsc-port", str(self.smsc), "--agi-port", str(self.agi), "--metrics-port", str(self.metrics))
        folder.mkdir(exist_ok=True)
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = begin([*HOTLINE, "demo", "--dir", str(folder), *ports], stdout=out, stderr=err)

    @property
    def lines(self) -> list[str]:
        return self.out.read_text(encoding="utf-8").splitlines()

    @property
    def errors(self) -> list[str]:
        return self.err.read_text(encoding="utf-8").splitlines()

    def wait_for(self, words: str) -> str:
        """The first line that holds ``words``."""

        def found() -> str:
            if line := next((line for line in self.lines if words in line), ""):
                return line
            assert self.process.poll() is None, self.said()
            return ""

        return wait_until(found, why=self.said, every=0.05)

    def said(self) -> str:
        return "\n".join(self.lines + self.errors)

    def text(self, words: str, sender: str = PHONE) -> list[str]:
        done = hotline("text", "--json", "--port", self.smsc, "--wait", "0.5", sender, words)
        assert done.returncode == 0, done.stderr
        replies: list[str] = json.loads(done.stdout)["replies"]
        return replies

    def dial(self, keys: str) -> dict[str, object]:
        done = hotline(
            "dial", PHONE, "--json", "--port", self.agi, "--prompts", self.folder / "prompts", "--keys", keys
        )
        assert done.returncode == 0, done.stdout + done.stderr
        call: dict[str, object] = json.loads(done.stdout)
        return call

    def page(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def end(self) -> None:
        """Ctrl-C: exit code 0, nothing worse than information in the log."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0, self.said()
        assert self.errors == []


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Demo]]:
    """Starts a demo in the test's own folder; whatever still runs at the end is killed."""
    started: list[Demo] = []

    def begin_demo() -> Demo:
        started.append(Demo(tmp_path / "demo"))
        started[-1].wait_for("hotline demo ready")
        return started[-1]

    yield begin_demo
    for demo in started:
        end(demo.process)


def suggested(demo: Demo) -> tuple[str, str]:
    """The free times that the demo suggests: one to text for, one to call for."""
    said = "\n".join(demo.lines)
    return re.findall(r"GHDH00868,(\d{8}),", said)[0], re.findall(r"00868# · (\d{8})#", said)[0]


def test_from_the_first_text_to_the_second_start(start: Callable[[], Demo]) -> None:
    """Text, register, book, hear the doctor's text, look, cancel, book the same again, book by keys, Ctrl-C, start again."""
    demo = start()
    texted, called = suggested(demo)
    book = f"GHDH00868,{texted},张三"

    (told,) = demo.text(book)
    assert "没有登记" in told
    assert "ZC" in told
    (registered,) = demo.text(f"ZC{IDENTITY},张三")
    assert "登记成功" in registered
    (booked,) = demo.text(book)
    code = re.findall(r"QX(\d{8})", booked)[0]
    for part in (f"预约码{code}", "王建国", "心血管内科", "门诊楼", "【青枫医院】"):
        assert part in booked
    doctors = demo.wait_for("→ 短信 text to 161****0868")
    assert "新预约" in doctors
    assert "张*" in doctors

    (mine,) = demo.text("CX")
    assert code in mine
    (cancelled,) = demo.text(f"QX{code}")
    assert "取消" in cancelled
    assert code not in demo.text("CX")[0]
    (again,) = demo.text(book)
    assert f"QX{code}" not in again
    kept = re.findall(r"QX(\d{8})", again)[0]

    call = demo.dial(f"1,1,00868#,{called}#,1,1,x")
    heard = "".join(map(str, call["heard"] if isinstance(call["heard"], list) else []))
    assert "预约成功" in heard
    confirmation = demo.wait_for("→ 短信 text to 138****8000")
    by_phone = re.findall(r"QX(\d{8})", confirmation)[0]

    status, ready = demo.page("/readyz")
    assert (status, json.loads(ready)["ready"]) == (200, True)
    assert demo.page("/healthz")[0] == 200
    assert "hotline_db_run_seconds_count" in demo.page("/metrics")[1]
    demo.end()
    assert_nothing_personal(demo)

    second = start()
    assert "bookings kept from before: 2" in "\n".join(second.lines)
    (still,) = second.text("查询")
    assert kept in still
    assert by_phone in still
    assert suggested(second)[0] != texted
    second.end()


def assert_nothing_personal(demo: Demo) -> None:
    """Neither the log nor the terminal holds the patient's number, identity or name; the store holds none in the clear."""
    log = (demo.folder / "hotline.log").read_text(encoding="utf-8")
    for line in log.splitlines():
        assert json.loads(line)["level"] == "info", line
    places = [log, "\n".join(line for line in demo.lines if line.startswith("→"))]
    for secret in (PHONE, IDENTITY, "张三"):
        assert all(secret not in place for place in places), secret
    for file in demo.folder.glob("hotline.db*"):
        content = file.read_bytes()
        assert PHONE.encode() not in content
        assert IDENTITY.encode() not in content


def test_refusals_name_a_reason_and_an_example(start: Callable[[], Demo]) -> None:
    """Whatever cannot be done is answered with one reason and one right example, and nothing is booked."""
    demo = start()
    texted, _ = suggested(demo)
    for words, example in (
        ("GHDH00868", "GHDH00868"),
        (f"GHDH99999,{texted},张三", ""),
        ("GHDH00868,13450830,张三", "GHDH00868"),
        ("ZC11010519491231002", "ZC"),
        ("QX12345678", "CX"),
        ("你好吗今天天气", "GHDH"),
    ):
        (reply,) = demo.text(words, sender="13900139000")
        assert example in reply, (words, reply)
    demo.end()


def test_a_port_in_use_is_said_and_ends_at_once(start: Callable[[], Demo], tmp_path: Path) -> None:
    """A second demo on the same port says which port is taken, and exits with code 3."""
    demo = start()
    done = hotline("demo", "--dir", tmp_path / "other", "--smsc-port", demo.smsc, "--agi-port", free_port())
    assert done.returncode == 3
    assert f"127.0.0.1:{demo.smsc}" in done.stderr
    demo.end()
