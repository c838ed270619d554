"""What the demo says, in Chinese with English beside it: what there is, what to try, what a text to a distant phone said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from command_parser.masking import mask_phone
from hotline.demo.folder import Ports, Stock
from hotline.demo.hospital import FAMOUS, HOSPITAL
from hotline.logs.scrub import scrub

PHONE, SECOND_PHONE = "13800138000", "13900139000"
IDENTITY = "11010519491231002X"
SECOND_IDENTITY = "110105195001010012"
NAME, SECOND_NAME = "张三", "李四"
OPENING_HOUR = time(8)
READY = "hotline demo ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``command``: how ``hotline`` is typed here. ``free``: open times of 00868, for a text, for a call, and for waiting."""

    command: str
    folder: Path
    ports: Ports
    stock: Stock
    free: Sequence[datetime]


def opening(scene: Scene) -> list[str]:
    """Everything up to and including the line that says we are ready."""
    stock = scene.stock
    kept = f"已保留的预约 bookings kept from before: {stock.bookings}"
    return [
        "",
        f"{HOSPITAL.name}(演示 demo){stock.departments} 个科室 departments · {stock.doctors} 位医生 doctors · {stock.slots} 个号 numbers",
        f"数据 data: {scene.folder} · {kept}",
        *_what_to_try(scene),
        "",
        f"运行状况 health: http://127.0.0.1:{scene.ports.metrics}/readyz · 指标 metrics: /metrics · 日志 log: {scene.folder / 'hotline.log'}",
        "按 Ctrl-C 结束，数据保留 / Ctrl-C ends it, the data stay",
        READY,
    ]


def _what_to_try(scene: Scene) -> list[str]:
    if not scene.free:
        return [
            "",
            f"{FAMOUS} 的号已约满 / doctor {FAMOUS} is fully booked: 删除数据目录后重新开始 / remove the folder to start afresh",
        ]
    first, last = scene.free[0], scene.free[:2][-1]
    text, dial = _text(scene), _dial(scene)
    book = f'{text} "GHDH{FAMOUS},{first:%m%d%H%M},{NAME}"'
    steps = (
        ("发短信挂号：未登记的手机会收到登记说明", "book by text: a new phone is told to register", book),
        ("登记身份证号和姓名", "register", f'{text} "ZC{IDENTITY},{NAME}"'),
        ("再发第 1 条：预约成功，发给医生的短信显示在这里", "text no. 1 again: booked; the doctor's text shows here", book),
        ("查询我的预约", "my bookings", f"{text} CX"),
        ("取消，号立即释放", "cancel: the number is free again", f"{text} QX<预约码 code>"),
        (
            f"打电话按键预约，提示音以文字显示；依次按 1 · 1 · {FAMOUS}# · {last:%m%d%H%M}# · 1 · 1",
            "book by telephone: prompts are shown as words, you press the keys",
            dial,
        ),
    )  # fmt: skip
    lines = ["", "在另一个终端里试 / try in a second terminal:"]
    for number, (chinese, english, command) in enumerate(steps, 1):
        lines += [f"  {number}. {chinese} / {english}", f"     {command}"]
    return [*lines, *_as_clerk(scene)]


def _as_clerk(scene: Scene) -> list[str]:
    """A session with one number left, a second patient who waits for it, and the doctor who cannot come."""
    start = scene.free[-1]
    if len(scene.free) < 3 or start.time() != OPENING_HOUR:
        return []
    mine, hers = _text(scene), _text(scene, SECOND_PHONE)
    hotline, config = scene.command, f"-c {scene.folder / 'hotline.toml'}"
    day, book = f"{start:%Y-%m-%d}", f"GHDH{FAMOUS},{start:%m%d%H%M}"
    register = f'{hers} "ZC{SECOND_IDENTITY},{SECOND_NAME}"'
    steps = (
        (f"{day} 上午只放 1 号", "that morning only number 1 is on sale",
         f"{hotline} pool --doctor {FAMOUS} --day {day} --period 上午 --numbers 2-16 --to withheld {config}"),
        ("张三约走 1 号", "the registered patient takes it", f'{mine} "{book},{NAME}"'),
        ("李四登记", "another patient registers", register),
        ("李四再约：已满，回复 1 候补", "he asks: full; 1 waits for a number", f'{hers} "{book},{SECOND_NAME}"; {hers} 1'),
        ("张三取消：号为李四保留，李四要", "the first cancels: it is kept for who waits, who takes it", f"{mine} QX<预约码 code>; {hers} Y"),
        ("医生停诊：李四收到通知，回复 1 改约", "the doctor cannot come: a notice; 1 books again",
         f"{hotline} stop-clinic announce {FAMOUS} {day} 上午 {config}; {hers} 1"),
        ("换用一家医院公布过的规则，半分钟内生效", "a hospital's published rules, in force within half a minute",
         f"{hotline} policy import policies/p33-dongguan.toml {config}"),
        ("看统计", "statistics", f"{hotline} report volume --from {day} {config}"),
    )  # fmt: skip
    lines = ["", "医院工作人员 / as the hospital's clerk:"]
    for letter, (chinese, english, command) in zip("abcdefgh", steps, strict=True):
        lines += [f"  {letter}. {chinese} / {english}", f"     {command}"]
    return lines


def _text(scene: Scene, phone: str = PHONE) -> str:
    port = "" if scene.ports.smsc == Ports().smsc else f" --port {scene.ports.smsc}"
    return f"{scene.command} text{port} {phone}"


def _dial(scene: Scene) -> str:
    port = "" if scene.ports.agi == Ports().agi else f" --port {scene.ports.agi}"
    prompts = "" if scene.folder == Path("var/demo") else f" --prompts {scene.folder / 'prompts'}"
    return f"{scene.command} dial{port}{prompts} {PHONE}"


def overheard(number: str, words: str) -> str:
    """A text to a phone that nobody holds, as the demo shows it."""
    return f"→ 短信 text to {mask_phone(number)}: {scrub(words)}"
