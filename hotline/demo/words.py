"""What the demo says, in Chinese with English beside it: what there is, what to try, what a text to a distant phone said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from command_parser.masking import mask_phone
from hotline.demo.folder import Ports, Stock
from hotline.demo.hospital import FAMOUS, HOSPITAL
from hotline.logs.scrub import scrub

PHONE = "13800138000"
IDENTITY = "11010519491231002X"
NAME = "张三"
READY = "hotline demo ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """``command``: how ``hotline`` is typed here. ``free``: open times of 00868, the first for a text, the last for a call."""

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
    first, last = scene.free[0], scene.free[-1]
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
    return lines


def _text(scene: Scene) -> str:
    port = "" if scene.ports.smsc == Ports().smsc else f" --port {scene.ports.smsc}"
    return f"{scene.command} text{port} {PHONE}"


def _dial(scene: Scene) -> str:
    port = "" if scene.ports.agi == Ports().agi else f" --port {scene.ports.agi}"
    prompts = "" if scene.folder == Path("var/demo") else f" --prompts {scene.folder / 'prompts'}"
    return f"{scene.command} dial{port}{prompts} {PHONE}"


def overheard(number: str, words: str) -> str:
    """A text to a phone that nobody holds, as the demo shows it."""
    return f"→ 短信 text to {mask_phone(number)}: {scrub(words)}"
