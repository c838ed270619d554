"""``hotline bench ivr``: what a call costs the FastAGI server, beside a bare Twisted line server that does as many writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotline.bench.bare_lines import COMMANDS
from hotline.bench.calls import hold_calls, run_calls
from hotline.bench.process import Child, child
from hotline.bench.rows import Row, median

OURS = "hotline.bench.thirty_commands"
BARE = "hotline.bench.bare_lines"
SERVER_CPU = 0  # both servers on one processor, the load on whatever else there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Per call: CPU milliseconds of the server; calls a second as the load saw them."""

    cpu_ms: float
    calls_per_s: float


def _measure(server: Child, calls: int, at_once: int) -> Measured:
    before = server.cpu_seconds()
    seconds = run_calls(server.port, calls=calls, at_once=at_once, commands=COMMANDS)
    return Measured(cpu_ms=(server.cpu_seconds() - before) / calls * 1e3, calls_per_s=calls / seconds)


def _rounds(calls: int, at_once: int, rounds: int) -> tuple[list[Measured], list[Measured]]:
    """Interleaved rounds, so that a busy minute of the machine weighs on both."""
    with child(OURS, cpu=SERVER_CPU) as ours, child(BARE, cpu=SERVER_CPU) as bare:
        for server in (ours, bare):
            _measure(server, 200, at_once)  # warm
        pairs = [(_measure(ours, calls, at_once), _measure(bare, calls, at_once)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _idle_mb(module: str, count: int) -> float:
    with child(module) as server:
        lines = hold_calls(server.port, count)
        held = server.resident_mb()
        for line in lines:
            line.close()
    return held


def run(*, calls: int = 1_500, at_once: int = 100, rounds: int = 3, idle: int = 1_000) -> Iterator[Row]:
    """Yields a row a case; figures are medians over the rounds."""
    ours, bare = _rounds(calls, at_once, rounds)
    yield Row(
        bench="ivr",
        case=f"server CPU per {COMMANDS}-command call",
        value=median([m.cpu_ms for m in ours]),
        unit="ms",
        yardstick="bare line server",
        yardstick_value=median([m.cpu_ms for m in bare]),
        better="lower",
    )
    yield Row(
        bench="ivr",
        case=f"{COMMANDS}-command calls, {at_once} at once",
        value=median([m.calls_per_s for m in ours]),
        unit="calls/s",
        yardstick="bare line server",
        yardstick_value=median([m.calls_per_s for m in bare]),
        better="higher",
    )
    yield Row(
        bench="ivr",
        case=f"memory with {idle} idle calls",
        value=_idle_mb(OURS, idle),
        unit="MB",
        yardstick="bare line server",
        yardstick_value=_idle_mb(BARE, idle),
        better="lower",
    )
