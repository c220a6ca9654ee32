"""The command `candour`. Each subcommand is a module that is loaded when it is asked for, so that the command itself starts at once."""

from __future__ import annotations

import importlib
import sys

import click

COMMANDS = {
    "run": "run",
    "migrate": "migrate",
    "doctor": "doctor",
    "import": "import_file",
    "screen": "screen",
    "check": "check",
    "packs": "packs",
    "journal": "journal",
    "backup": "backup",
    "restore": "restore",
    "retention": "retention",
    "authority": "authority",
    "notices": "notices",
    "claims": "claims",
    "inspect": "inspect_message",
    "reuse": "reuse",
    "calendar": "calendar",
    "pauses": "pauses",
    "notes": "notes",
    "demo": "demo",
}


class Subcommands(click.Group):
    """Finds `candour NAME` in candour/project/commands; each module there offers `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"candour.project.commands.{COMMANDS[cmd_name]}").command
        return command


@click.group(cls=Subcommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="candour-hub", prog_name="candour")
def cli() -> None:
    """Speak and listen on social media without fear.

    \b
    Example:
      candour run                 start database, web and worker on this machine
      candour screen IN.jsonl -o OUT.jsonl

    Exit codes: 0 done, 1 the answer is no, 2 bad usage or input.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; a person's mistake is one sentence on stderr, never a traceback."""
    sys.exit(outcome(arguments))


def outcome(arguments: list[str] | None = None) -> int:
    """The exit code of these arguments."""
    try:
        answer = cli.main(arguments, prog_name="candour", standalone_mode=False)
        return answer if isinstance(answer, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "candour"
        click.echo(f"{error.format_message()} See `{path} --help`.", err=True)
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        if is_ours(error):
            return error.exit_code
    except OSError as error:
        if not error.filename:
            raise
        click.echo(f"{error.filename} can't be used ({error.strerror}): correct the name or its rights.", err=True)
    except (ValueError, LookupError, RuntimeError) as error:
        if not is_ours(error):
            raise  # a fault of the program keeps its traceback
        click.echo(str(error), err=True)
    except (click.Abort, KeyboardInterrupt):
        return 130
    return 2


def is_ours(error: Exception) -> bool:
    """Was this error written by Candour, with a sentence for the person who typed the command?"""
    return type(error).__module__.partition(".")[0] == "candour"


if __name__ == "__main__":
    main()
