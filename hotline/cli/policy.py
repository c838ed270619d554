"""``hotline policy``: a hospital's booking rules are checked, imported, shown, and tried out on a told situation.

Exit codes: 0 allowed or done, 1 refused (or, where the scenario expects something, not as expected), 2 a wrong file, 3 no database.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from booking.rules.editions import Succession, succession
from booking.rules.layers import Policy
from booking.rules.reading import Fault, Faults, read_policy
from booking.rules.rulebook import Maker, RuleBook, rule_book
from booking.rules.ungathered import strangers
from booking.store.rulebooks import MAKERS, Edition, NewRules, thd_places, thd_put_rulebook, thd_rulebooks
from hotline.cli.naming import DAY
from hotline.cli.opened import Premises, open_premises, stored
from hotline.cli.policy_words import bans_changed, noted, notes_of, overruled, warnings
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.opening import Opened
from hotline.scenario import Answer, NotAScenario, play
from hotline.verdict_words import in_words

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def policy() -> None:
    """Booking rules: check, import, show, try."""


@policy.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE…")
@click.option("--json", "as_json", is_flag=True, help="Faults as JSON.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Reads rule books; every fault with its line, exit code 2 when there is one."""
    found = [(path, _read(path)) for path in files]
    rows = [
        {"file": str(path), "line": each.line, "key": each.key, "why": each.why}
        for path, read in found
        for each in (read.faults if isinstance(read, Faults) else ())
    ]
    if as_json:
        notes = [
            {"file": str(path), "key": key, "why": why}
            for path, read in found
            if not isinstance(read, Faults)
            for key, why in noted(read)
        ]
        click.echo(json.dumps({"ok": not rows, "faults": rows, "notes": notes}, ensure_ascii=False))
    else:
        for path, read in found:
            _say_checked(path, read)
    raise SystemExit(2 if rows else 0)


def _say_checked(path: Path, read: Policy | Faults) -> None:
    if isinstance(read, Faults):
        click.echo("\n".join(f"{path}：{each}" for each in read.faults))
        return
    click.echo(f"{path}：没有错误。")
    for note in notes_of(read):
        click.echo(f"{path}：{note}")


def _read(path: Path) -> Policy | Faults:
    try:
        return read_policy(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return Faults((Fault(0, "文件", "应为 UTF-8 编码的文本"),))


def _read_or_exit(path: Path) -> Policy:
    read = _read(path)
    if isinstance(read, Faults):
        click.echo("\n".join(f"{path}：{each}" for each in read.faults), err=True)
        raise SystemExit(2)
    return read


@policy.command(name="import")
@click.argument("file", type=FILE)
@with_settings
@click.option("--maker", type=click.Choice(MAKERS), default="hospital", show_default=True, help="Whose rules they are.")
@click.option(
    "--from",
    "from_day",
    type=DAY,
    help="The day from which they hold [the file's `from`, or today].",
)
@click.option("--dry-run", is_flag=True, help="Check only.")
@click.option("--json", "as_json", is_flag=True, help="What was imported, as JSON.")
def importing(
    *, file: Path, path: Path, options: tuple[str, ...], maker: str, from_day: date | None, dry_run: bool, as_json: bool
) -> None:
    """Puts the rules of FILE into the store as a new version; running processes follow within half a minute."""
    read = _read_or_exit(file)
    config = settings_or_exit(path, options)
    premises = open_premises(config)
    opened, house = premises.opened, premises.house
    day = from_day or read.from_ or house.wall().date()
    change = _change(premises, maker, read, day)
    later = _later(opened, maker, day)
    unknown = list(strangers(read, stored(opened, thd_places, opened.hospital)))
    version = None
    if not dry_run:
        text = file.read_text(encoding="utf-8-sig")
        new = NewRules(maker=maker, from_day=day, text=text, actor="policy-import")
        version = stored(opened, thd_put_rulebook, opened.hospital, new, house.naive_utc())
    if as_json:
        told: dict[str, Any] = {"maker": maker, "version": version, "from": str(day), "dry_run": dry_run}
        told |= {"bans_gone": change.gone, "bans_new": change.new, "notes": dict(noted(read))}
        told["warnings"] = warnings(read, config)
        told["overruled_by"] = None if later is None else later.version
        told["unknown"] = [f"{selector} {value}" for selector, value in unknown]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if dry_run:
        click.echo(f"{file}：没有错误。试导入，未写入；将自 {day} 起生效。")
    else:
        click.echo(f"已导入 {maker} 第 {version} 版，自 {day} 起生效；运行中的系统半分钟内采用。")
    said = [] if later is None else [overruled(later, house.wall().date())]
    said += [
        f"注意：本院没有 {selector} = “{value}”（科室写编码，医生写编号），写给它的规则不起作用。"
        for selector, value in unknown
    ]
    click.echo(
        "".join(f"{line}\n" for line in (*bans_changed(change), *notes_of(read), *warnings(read, config), *said)),
        nl=False,
    )


def _later(opened: Opened, maker: str, day: date) -> Edition | None:
    """The version that holds in its place from a later day on, whatever was imported last."""
    kept = stored(opened, thd_rulebooks, frozenset[int]())
    later = [
        each
        for each in kept.editions
        if (each.hospital, each.maker) == (opened.hospital, maker) and each.from_day > day
    ]
    return min(later, key=lambda each: (each.from_day, -each.version), default=None)


def _change(premises: Premises, maker: str, new: Policy, day: date) -> Succession:
    """Which ban rules come and go when this edition follows the one that would hold on its first day."""
    held = premises.rules.policy_on(premises.opened.hospital, maker, day)
    return succession(held or Policy(), new)


@policy.command()
@with_settings
@click.option("--maker", type=click.Choice(MAKERS), default="hospital", show_default=True)
@click.option("--version", type=int, help="The text of this version.")
@click.option("--json", "as_json", is_flag=True, help="The versions as JSON.")
def show(*, path: Path, options: tuple[str, ...], maker: str, version: int | None, as_json: bool) -> None:
    """The versions in the store and the one that holds today; with --version that version's text."""
    premises = open_premises(settings_or_exit(path, options))
    opened = premises.opened
    kept = stored(opened, thd_rulebooks, frozenset[int]())
    mine = [each for each in kept.editions if each.hospital == opened.hospital]
    if version is not None:
        texts = [kept.texts[each.id] for each in mine if (each.maker, each.version) == (maker, version)]
        if not texts:
            click.echo(f"没有 {maker} 第 {version} 版。", err=True)
            raise SystemExit(1)
        click.echo(texts[0], nl=not texts[0].endswith("\n"))
        return
    holds = premises.rules.of(opened.hospital).version
    if as_json:
        rows = [{"maker": each.maker, "version": each.version, "from": str(each.from_day)} for each in mine]
        click.echo(json.dumps({"holds": holds, "versions": rows}, ensure_ascii=False))
        return
    click.echo(f"今天生效：{holds}")
    for each in mine:
        click.echo(f"{each.maker} 第 {each.version} 版，自 {each.from_day} 起")


@policy.command(name="try")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="[FILE] SCENARIO.json")
@with_settings
@click.option("--platform", type=FILE, help="The platform's rules that hold besides: the stricter of the two decides.")
@click.option("--json", "as_json", is_flag=True, help="One object a step.")
def trying(
    *, files: tuple[Path, ...], path: Path, options: tuple[str, ...], platform: Path | None, as_json: bool
) -> None:
    """What the rules of FILE (without FILE: those in the store) decide in a situation told as JSON, and by which rule."""
    *books, scenario = files
    if len(books) > 1 or (platform is not None and not books):
        raise click.UsageError("one rule book and one scenario; --platform goes with a rule book")
    if books:
        rules = _from_files(books[0], platform)
    else:
        premises = open_premises(settings_or_exit(path, options))
        rules = premises.rules.of(premises.opened.hospital)
    try:
        answers = play(json.loads(scenario.read_text(encoding="utf-8-sig")), rules)
    except (NotAScenario, json.JSONDecodeError, UnicodeDecodeError) as error:
        click.echo(f"{scenario}：{error}", err=True)
        raise SystemExit(2) from None
    for answer in answers:
        click.echo(json.dumps(answer.told(), ensure_ascii=False) if as_json else in_words(answer))
    if not as_json:
        click.echo(f"（规则：{rules.version}）")
    raise SystemExit(_verdict(answers))


def _verdict(answers: list[Answer]) -> int:
    """Where something is expected, whether it came so; else what the last step was told."""
    expected = [answer.as_expected for answer in answers if answer.as_expected is not None]
    return 0 if (all(expected) if expected else answers[-1].ruling.allowed) else 1


def _from_files(hospital: Path, platform: Path | None) -> RuleBook:
    makers = [Maker(policy=_read_or_exit(hospital), version=1)]
    if platform is not None:
        makers.append(Maker(name="platform", policy=_read_or_exit(platform), version=1))
    return rule_book(*makers)
