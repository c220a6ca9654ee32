"""Mark this commit as the release that the next one must let go on: its migrations, its columns, and the statements of a short day.

    python tools/mark_release.py

Writes tests/release/marked.json. Run it when a release is made, on a clean tree; the tests compare every later migration with it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKED = ROOT / "tests" / "release" / "marked.json"
sys.path[:0] = [str(ROOT)]

from candour.project.postgres import EmbeddedPostgres  # noqa: E402


def main() -> int:
    """0 when marked."""
    if subprocess.run(["git", "status", "--porcelain", "candour"], cwd=ROOT, capture_output=True, text=True, check=True).stdout:
        print("The code differs from its commit: commit it first.", file=sys.stderr)
        return 2
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="candour-mark-") as place:
        Path(place).chmod(0o755)
        server = EmbeddedPostgres(Path(place), for_tests=True).start()
        try:
            os.environ |= {"CANDOUR_DATA": place, "DJANGO_SETTINGS_MODULE": "candour.project.settings"}
            record = {"commit": commit, **recorded()}
        finally:
            server.stop()
    MARKED.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    print(f"{commit[:12]}: {len(record['tables'])} tables, {len(record['statements'])} statements")
    return 0


def recorded() -> dict[str, object]:
    """Everything about the code that is installed here, on an empty database."""
    import django

    django.setup()
    from django.conf import settings

    from candour.project import install

    settings.ALLOWED_HOSTS = ["testserver"]
    install.prepare(demo=False)
    return {"migrations": migrations(), "tables": tables(), "statements": statements()}


def migrations() -> dict[str, list[str]]:
    """The names of our own migrations by app."""
    from django.db.migrations.loader import MigrationLoader

    names: dict[str, list[str]] = {}
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if type(migration).__module__.startswith("candour."):
            names.setdefault(app, []).append(name)
    return names


def tables() -> dict[str, dict[str, str]]:
    """The columns that the code names, with their types."""
    from django.apps import apps
    from django.db import connection

    ours = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("candour.")]
    return {model._meta.db_table: {field.column: str(field.db_type(connection)) for field in model._meta.concrete_fields} for model in ours}


def statements() -> list[str]:
    """The SQL of a short day, each once, with $1, $2, ... for its values."""
    from django.db import connection
    from django.test import Client

    from tests.release.walk import walk

    seen: set[str] = set()

    def note(execute, sql, values, many, context):  # type: ignore[no-untyped-def]
        if re.match(r"(SELECT|INSERT|UPDATE|DELETE)\b", sql) and "pg_catalog" not in sql:
            seen.add(numbered(sql))
        return execute(sql, values, many, context)

    client = Client(raise_request_exception=True)

    def ask(method: str, path: str, fields: Mapping[str, str]) -> int:
        return client.post(path, fields).status_code if method == "POST" else client.get(path).status_code

    with connection.execute_wrapper(note):
        told = walk(ask)
    if any(status >= 500 for name, status in told.items() if name != "/readyz"):
        raise SystemExit(f"The day did not go well: {told}")
    return sorted(seen)


def numbered(sql: str) -> str:
    """Placeholders of the driver as those of the server."""
    parts = re.split(r"%s|%\((\w+)\)s", sql)
    text, names, number = parts[0], {}, 0
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        if name is None or name not in names:
            number += 1
            names[name] = number
        text += f"${names[name] if name else number}{after}"
    return text.replace("%%", "%")


if __name__ == "__main__":
    sys.exit(main())
