"""The one command, ``hotline``. A subcommand's module is imported only when that subcommand is asked for.

So ``hotline parse`` starts without Twisted, and a part that is missing takes only itself along. Exit codes: 0 done, 1 refused or
found differences, 2 wrong usage or configuration, 3 an outside system is down.
"""

from __future__ import annotations

from importlib import import_module

import click

SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("hotline.cli.demo:demo", "Everything in one process with a sample hospital: try it."),
    "run": ("hotline.cli.run:run", "The daemon: answers calls and texts."),
    "text": ("hotline.cli.text:text", "A patient's phone: sends one text, prints the replies."),
    "dial": ("hotline.cli.dial:dial", "A telephone in the terminal: hear the words, press the keys."),
    "parse": ("hotline.cli.parse:parse", "What a text means, as JSON."),
    "db": ("hotline.cli.db:db", "The database: upgrade, check."),
    "config": ("hotline.cli.config:config", "The configuration: check."),
    "import": (
        "hotline.cli.importing:importing",
        "The roster, holidays and a blacklist from files; undo.",
    ),
    "ban": ("hotline.cli.ban:ban", "A patient's bans and conduct: list, lift, add, forgive."),
    "stop-clinic": ("hotline.cli.stop_clinic:stop_clinic", "A doctor cannot come: substitute, release, move."),
    "extra": ("hotline.cli.numbers:extra", "Extra numbers for a session, open or for a named patient."),
    "pool": ("hotline.cli.numbers:pool", "Who may sell numbers: everybody, the window, nobody."),
    "visit": ("hotline.cli.visit:visit", "Who came, whom the doctor saw; take a mark back."),
    "pay": ("hotline.cli.pay:pay", "Money at the window: the bill, taking it, giving it back."),
    "fees": ("hotline.cli.fees:fees", "What a visit costs: list the approved items."),
    "report": ("hotline.cli.report:report", "Statistics: booking rate, no-shows, takings and more."),
    "policy": ("hotline.cli.policy:policy", "Booking rules: check, import, show, try."),
    "prompts": ("hotline.cli.prompts:prompts", "Spoken prompts: build, check."),
    "bench": ("hotline.cli.bench:bench", "Benchmarks, each beside its yardstick."),
}


class LazyGroup(click.Group):
    """Knows its subcommands by name and one line of help; imports one when it is run or its own help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module, _, name = SUBCOMMANDS[cmd_name][0].partition(":")
        try:
            command = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            return _missing(cmd_name, error.name or module)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in SUBCOMMANDS.items()])


def _missing(name: str, module: str) -> click.Command:
    def tell() -> None:
        click.echo(f"hotline {name} is not part of this installation: {module} cannot be found.", err=True)
        raise SystemExit(2)

    ignored = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=tell, context_settings=ignored, add_help_option=False)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hotline")
def main() -> None:
    """Hospital appointment hotline: book by telephone and text, one shared store of numbered slots."""
