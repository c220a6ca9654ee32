"""Header profiles people have saved: which column of a network's own export stands for which of our fields. One small file each."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _

from candour.channels.file_import import ImportProfile
from candour.flows.answers import Refusal


def _folder() -> Path:
    return Path(settings.DATA) / "import-profiles"


def _file(name: str) -> Path:
    return _folder() / f"{slugify(name) or 'profile'}.json"


def profile_names() -> list[str]:
    """Names of the saved profiles, in order."""
    files = _folder().glob("*.json") if _folder().is_dir() else ()
    return sorted(json.loads(file.read_text(encoding="utf-8"))["name"] for file in files)


def profile_of(name: str) -> ImportProfile | None:
    """A saved profile, None for an empty name. Raises Refusal for a name nobody has saved."""
    if not name.strip():
        return None
    if not _file(name).is_file():
        known = ", ".join(profile_names()) or _("none yet")
        raise Refusal(_("There is no profile “%(name)s”; saved are: %(known)s.") % {"name": name[:40], "known": known}, status=400)
    return ImportProfile(**json.loads(_file(name).read_text(encoding="utf-8")))


def save_profile(name: str, profile: ImportProfile) -> None:
    """Keep a profile under a name; one of the same name is replaced."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    new = _file(name).with_suffix(".new")
    new.write_text(json.dumps(asdict(profile), ensure_ascii=False, indent=1), encoding="utf-8")
    new.replace(_file(name))
