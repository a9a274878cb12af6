"""The command line. Components are started by module name; this imports neither agents nor api."""

import sys
from typing import Final

import click
from pydantic import ValidationError

from streams.commands.alerts import alerts
from streams.commands.boards import boards
from streams.commands.components import serve, work
from streams.commands.demo import demo
from streams.commands.halts import halts
from streams.commands.load_reference import load_reference
from streams.commands.replay import replay
from streams.commands.topics import topics
from streams.errors import TickerboardError
from streams.feed.input_error import InputError
from streams.feed.listen_command import listen
from streams.feed.simulate_command import simulate
from streams.logs import configure_logs
from streams.settings import complaint

BAD_INPUT: Final = 2
FAILED: Final = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def tickerboard() -> None:
    r"""Scan the whole US stock market in real time.

    \b
    Try it:            tickerboard demo
    Check its numbers: tickerboard replay bars.csv.gz --reference ref.csv --until 09:45 --json out.json
    """


for command in (demo, replay, boards, alerts, simulate, listen, load_reference, work, serve, topics, halts):
    tickerboard.add_command(command)


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
