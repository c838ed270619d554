"""Puts one process together: doors and jobs by role, over what ``composition`` makes."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from twisted.application.service import IService
from twisted.internet.endpoints import serverFromString

from booking.clock import Clock
from hotline.checks import checks_of, facts_of
from hotline.composition import Composition
from hotline.config import Config
from hotline.health import Readiness, make_site
from hotline.notify import Notifier
from hotline.opening import Opened
from hotline.root import Door, Root

ROLES = ("ivr", "sms", "jobs")


def make_root(
    config: Config,
    reactor: Any,
    roles: Collection[str],
    *,
    opened: Opened,
    clock: Clock,
    environ: Mapping[str, str],
    registry: CollectorRegistry | None = None,
) -> Root:
    """One process with these roles (of ``ROLES``), not opened yet. ``environ`` is where systemd says how it wants to be told."""
    registry = registry or _registry()
    made = Composition(
        config=config, opened=opened, reactor=reactor, clock=clock, rng=random.SystemRandom(), registry=registry
    )
    doors: dict[str, Door] = {}
    if "ivr" in roles:
        doors["ivr"] = made.ivr
    if "sms" in roles:
        doors["sms"] = made.sms
    notifier = Notifier(environ)
    services: list[IService] = [made.lag]
    if (watchdog := notifier.watchdog(reactor)) is not None:
        services.append(watchdog)
    work = made.jobs(roles)
    services.extend(work)
    if "jobs" in roles:
        services.extend(made.payments.listeners())
    readiness = Readiness(checks_of(made, roles), reactor, facts_of(made, work if "jobs" in roles else []))
    return Root(
        store=made.database,
        roles=roles,
        doors=doors,
        services=services,
        readiness=readiness,
        page=serverFromString(reactor, config.metrics.listen),  # type: ignore[no-untyped-call]
        site=make_site(readiness, registry),
        notifier=notifier,
        drain_seconds=config.drain.seconds,
    )


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def wanted_roles(text: str) -> Sequence[str] | None:
    """``ivr,sms`` as roles in house order; None when one of them is none."""
    named = {part.strip() for part in text.split(",") if part.strip()}
    return [role for role in ROLES if role in named] if named and named <= set(ROLES) else None
