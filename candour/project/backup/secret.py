"""The secret a backup is sealed with: from the environment, from a file, or asked for on a terminal; never on the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from candour.project.errors import StartError

NAME = "CANDOUR_BACKUP_PASSPHRASE"
SHORTEST = 12


def ask(*, twice: bool) -> bytes:
    """The passphrase, or the content of a key file. Raises StartError when there is none or it is too short to seal a company with."""
    secret = _found(twice)
    if len(secret) < SHORTEST:
        raise StartError(f"The passphrase has fewer than {SHORTEST} characters: choose a longer one.")
    return secret


def _found(twice: bool) -> bytes:
    if value := os.environ.get(NAME):
        return value.encode()
    if file := os.environ.get(f"{NAME}_FILE"):
        return Path(file).read_bytes().strip()
    if sys.stdin.isatty():
        return str(click.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=twice, err=True)).encode()
    raise StartError(f"The backup needs a passphrase: set {NAME}, or {NAME}_FILE to the file of a key, or run this on a terminal.")
