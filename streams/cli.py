"""The command line. Components are started by module name; this imports neither agents nor api."""

import sys
from importlib import import_module
from typing import Final

import click
from pydantic import ValidationError

from streams.errors import TickerboardError
from streams.feed.input_error import InputError
from streams.logs import configure_logs
from streams.settings import complaint

BAD_INPUT: Final = 2
FAILED: Final = 1

COMMANDS: Final = {
    "demo": "streams.commands.demo",
    "replay": "streams.commands.replay",
    "boards": "streams.commands.boards",
    "alerts": "streams.commands.alerts",
    "simulate": "streams.feed.simulate_command",
    "listen": "streams.feed.listen_command",
    "load-reference": "streams.commands.load_reference",
    "work": "streams.commands.components",
    "serve": "streams.commands.components",
    "topics": "streams.commands.topics",
    "halts": "streams.commands.halts",
    "keys": "api.commands.keys",
}
"""Where each command is."""


class Commands(click.Group):
    """Imports a command when it is called: all of them together take longer than most of them do."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; ``None`` where there is none of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def tickerboard() -> None:
    r"""Scan the whole US stock market in real time.

    \b
    Try it:            tickerboard demo
    Check its numbers: tickerboard replay bars.csv.gz --reference ref.csv --until 09:45 --json out.json
    """


def main() -> None:
    """Run a command: what goes wrong is one line on standard error, and exit code 2 where the input was bad."""
    configure_logs("info")
    try:
        tickerboard.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.NoSuchOption as error:
        fail(f"{error.format_message()}; see tickerboard --help", BAD_INPUT)
    except click.ClickException as error:
        fail(error.format_message(), BAD_INPUT)
    except InputError as error:
        fail(str(error), BAD_INPUT)
    except ValidationError as error:
        fail(complaint(error), BAD_INPUT)
    except TickerboardError as error:
        fail(str(error), FAILED)


def fail(message: str, code: int) -> None:
    """Say what is wrong and exit."""
    click.echo(f"tickerboard: {message}", err=True)
    sys.exit(code)
