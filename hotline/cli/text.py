"""``hotline text``: a patient's phone that sends one text through the simulated SMSC and shows the replies."""

from __future__ import annotations

import json
from random import SystemRandom
from typing import Any

import click
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import react

from command_parser.phone import read_phone
from sms_gateway.simulator.phone import NoService
from sms_gateway.simulator.phone import text as send_text

FIRST_SECONDS = 10.0
"""How long the first reply may take."""


def _mobile(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    phone = read_phone(value)
    if phone is None or not phone.mobile:
        raise click.BadParameter(f"{value} is no mobile number; for example 13800138000")
    return phone.e164


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("sender", metavar="FROM", callback=_mobile)
@click.argument("words", metavar="TEXT...", nargs=-1, required=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The simulated SMSC.")
@click.option("--port", default=2775, show_default=True)
@click.option("--to", default="12580", show_default=True, help="The service number.")
@click.option(
    "--wait", "quiet", default=1.0, show_default=True, metavar="SECONDS", help="Ends when no reply came for so long."
)
@click.option("--json", "as_json", is_flag=True, help="The replies as one JSON object.")
def text(words: tuple[str, ...], host: str, port: int, as_json: bool, **how: Any) -> None:
    """Sends TEXT from the phone FROM and prints the replies. Exit code 3 when nobody answers."""

    def main(reactor: Any) -> Deferred[None]:
        endpoint = HostnameEndpoint(reactor, host, port)
        return Deferred.fromCoroutine(exchange(reactor, endpoint, " ".join(words), as_json=as_json, **how))

    react(main)


async def exchange(
    reactor: Any, endpoint: IStreamClientEndpoint, words: str, *, sender: str, to: str, quiet: float, as_json: bool
) -> None:
    """One text out, the replies in. Ends with SystemExit(3) when there is no SMSC or no reply."""
    replies = []
    try:
        async for reply in send_text(
            sender,
            words,
            endpoint=endpoint,
            reactor=reactor,
            rng=SystemRandom(),
            to=to,
            quiet=quiet,
            first=FIRST_SECONDS,
        ):
            replies.append(reply)
            if not as_json:
                click.echo(reply)
    except NoService as error:
        click.echo(f"No SMSC answers ({error}). Start the hotline first: make demo", err=True)
        raise SystemExit(3) from None
    if as_json:
        click.echo(json.dumps({"from": sender, "text": words, "replies": replies}, ensure_ascii=False))
    if not replies:
        click.echo(f"No reply within {FIRST_SECONDS:g} seconds.", err=True)
        raise SystemExit(3)
