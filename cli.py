"""The command line: it puts the verbs together, and turns what goes wrong into words and an exit code.

0 done, also when a source only has to wait · 1 something needs attention or failed · 2 wrong use or configuration.
"""

from __future__ import annotations

import logging
import sys
from functools import cache, partial
from typing import Annotated

import typer
from typer.main import get_command

from commands import (
    alerts,
    analyze,
    annotate,
    backup,
    check,
    collect,
    cycle,
    demo,
    digest,
    discover,
    doctor,
    export,
    forget,
    init,
    migrate,
    note,
    promise,
    retain,
    run,
    search,
    sql,
    train,
    trends,
)
from errors import EarshotError

CHATTY = ("tweepy", "urllib3", "requests_oauthlib", "httpx", "httpcore", "nio", "mastodon")
"""Libraries that write headers and whole answers to the log at DEBUG: they stay at INFO."""

app = typer.Typer(
    help="Hear what your community says, where it says it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # drawing the boxes takes 0.38 CPU-seconds of a --help, all else 0.2 (measured)
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(demo.demo)
app.command()(init.init)
app.command()(check.check)
app.command()(collect.collect)
app.command()(analyze.analyze)
app.command()(annotate.annotate)
app.command()(train.train)
app.command()(cycle.cycle)
app.command()(run.run)
app.command()(migrate.migrate)
app.command()(forget.forget)
app.command()(retain.retain)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(doctor.doctor)
app.command()(search.search)
app.command()(sql.sql)
app.command()(trends.trends)
app.command()(export.export)
app.command()(digest.digest)
app.add_typer(alerts.app, name="alerts")
app.add_typer(discover.app, name="source")
app.add_typer(note.app, name="note")
app.add_typer(promise.app, name="promise")


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"earshot {version('earshot')}")
        raise typer.Exit


@app.callback()
def _before_every_command(
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more: -v, -vv.")] = 0,
    version: Annotated[  # noqa: ARG001 - its callback has done it
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """Hear what your community says, where it says it."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for library in CHATTY:
        logging.getLogger(library).setLevel(logging.INFO)


class _OneLine(logging.Formatter):
    """A record as one line with its fixed keys: nothing that was heard can write a second line, or a colour."""

    _usual = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; a traceback keeps its lines, further in than a line of the log's own begins."""
        from text import harmless, one_line

        extra = {key: value for key, value in vars(record).items() if key not in self._usual}
        line = self._beginning(record)
        said = " ".join([line, *(f"{key}={value}" for key, value in extra.items())])
        traceback = harmless(f"\n{self.formatException(record.exc_info)}") if record.exc_info else ""
        return one_line(said, limit=4_000) + traceback.replace("\n", "\n  ")

    def _beginning(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        return self.formatMessage(record)


command = cache(partial(get_command, app))
"""The commands, put together once a process, which takes 0.08 CPU-seconds (measured)."""


def main() -> None:
    """Run the command line and end with its exit code; an expected error is one sentence, without a traceback."""
    try:
        command()()
    except EarshotError as error:
        from commands.printing import tell
        from config import ConfigurationFaults

        tell(error)
        sys.exit(2 if isinstance(error, ConfigurationFaults) else 1)


if __name__ == "__main__":
    main()
