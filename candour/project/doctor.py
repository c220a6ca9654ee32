"""What `candour doctor` looks at: numbered checks, each of which answers None or the fault as a sentence that says who must do what.

The numbers are stable: docs/operate.md explains each, a test holds both lists together, and a number that falls away is not used again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from candour.channels import smtp
from candour.core.watches import WATCHES
from candour.project import database_checks
from candour.project.django_ready import with_django
from candour.project.errors import StartError
from candour.project.postgres import external_url

#: Number and name of every check.
CHECKS = {
    "D01": "data folder can be written",
    "D02": "keys are there and private",
    "D03": "database answers",
    "D04": "database knows every script",
    "D05": "migrations are applied",
    "D06": "clocks agree",
    "D07": "the journal is sealed",
    "D08": "a worker is at work",
    "D09": "the watch goes round",
    "D10": "nothing is past its limit",
    "D11": "public holidays are known",
    "D12": "the disk has room",
    "D13": "settings fit a machine that others reach",
    "D14": "the company's own rules can be used",
    "D15": "the mail server answers",
}
#: The watch goes round twice a minute.
SILENT_AFTER = timedelta(minutes=5)
#: Below both of these a database soon stops; a full disk ends every write.
LEAST_ROOM, LEAST_PART = 1_000_000_000, 0.05


class Finding(NamedTuple):
    """One check that was made; `fault` is None where all is well."""

    number: str
    name: str
    fault: str | None


def found(number: str, fault: str | None, name: str = "") -> Finding:
    """The finding of a check; `name` where one check finds several faults, each with a name of its own."""
    return Finding(number, name or CHECKS[number], fault)


def examine(data: Path) -> list[Finding]:
    """All checks by number; those that need the database are left out once it is known not to answer."""
    findings = [found("D01", _writable(data)), found("D02", _keys(data / "keys")), found("D12", _room(data)), *_own_rules(data)]
    try:
        with with_django(data):
            findings += [found("D13", _settings()), found("D15", _mail_fault()), *_database()]
    except StartError as error:
        findings.append(found("D03", str(error)))
    return sorted(findings, key=lambda finding: finding.number)


def _database() -> list[Finding]:
    fault = database_checks.reach_fault()
    if fault:
        return [found("D03", fault)]
    checks: dict[str, Callable[[], str | None]] = {"D04": database_checks.locale_fault, "D05": database_checks.migration_fault}
    findings = [found("D03", None), *(found(number, check()) for number, check in checks.items())]
    if any(finding.fault for finding in findings):
        return findings  # the tables the others ask may not be there
    return [*findings, *_time(), *_work(), *_past_limit()]


def _time() -> Iterable[Finding]:
    from candour.project import clock_checks  # asks models, which are there only once Django is ready

    return [found("D06", clock_checks.clock_fault()), found("D11", clock_checks.holiday_fault())]


def _work() -> Iterable[Finding]:
    return [found("D07", _sealing_fault()), found("D08", _worker_fault()), found("D09", _watch_fault())]


def _sealing_fault() -> str | None:
    from candour.insight.health_queries import behind_after, sealing_lag  # see _time

    lag = sealing_lag()
    if lag <= behind_after():
        return None
    return (
        f"Entries have waited {lag:.0f} s for their seal: start the worker; when one runs, its log says why it can't seal "
        "(the key in the keys folder, the file of heads, the disk)."
    )


def _worker_fault() -> str | None:
    """A worker that never was is no fault: the first start is not through yet."""
    from candour.assurance.queries import last_round  # see _time
    from candour.insight.health_queries import SILENT_AFTER, worker_silence

    silence = worker_silence()
    if silence is None:
        return "No worker runs: start Candour." if last_round() else None
    return None if silence <= SILENT_AFTER else f"The worker has said nothing for {silence:.0f} s: start Candour again; its log says why."


def _watch_fault() -> str | None:
    """None while the watch goes round; before the first round it was never promised."""
    from candour.assurance.queries import last_round  # see _time
    from candour.journal.acting import database_now

    last = last_round()
    if last is None or database_now() - last.at <= SILENT_AFTER:
        return None
    return f"It last did at {last.at:%Y-%m-%d %H:%M} UTC, and since then nobody is told what is past its limit: start Candour's worker."


def _past_limit() -> list[Finding]:
    """Every open notice as a fault, in the words of its row of limits; without the provider's words, which may hold anything."""
    from candour.assurance.queries import open_notices  # see _time

    findings = []
    for notice in open_notices():
        watch = WATCHES[notice.watch]
        owner = notice.owner.name if notice.owner else f"whoever may {notice.act}"
        place = f" ({notice.market.upper()})" if notice.market else ""
        name = watch.title.rstrip(".") % notice.values + place
        findings.append(found("D10", f"{watch.remedy} Owner: {owner}; {notice.hits} affected.", name))
    return findings or [found("D10", None)]


def _settings() -> str | None:
    """What is harmless on one's own machine and not on one that others reach."""
    from django.conf import settings  # see _time

    if settings.HTTPS and settings.DEBUG:
        return "CANDOUR_DEBUG shows faults with their surroundings to everybody: take it away and start again."
    if settings.HTTPS and not settings.PROXIES:
        return "The address is https and CANDOUR_PROXIES is 0, so nobody's address is known: set it to the number of your proxies."
    if not settings.HTTPS and urlsplit(settings.BASE_URL).hostname not in ("127.0.0.1", "localhost", "::1"):
        return "CANDOUR_BASE_URL is another machine's and not https: put a proxy with TLS before Candour and write its https address."
    return None


def _mail_fault() -> str | None:
    """None without a mail server: then everything stands in the drawers."""
    from django.conf import settings  # see _time

    if settings.SMTP is None:
        return None
    try:
        smtp.reach(settings.SMTP)
    except smtp.NotTaken as problem:
        return f"CANDOUR_SMTP does not take mails: “{problem.words[:200]}”. Mend what it names; mails wait meanwhile."
    return None


def _writable(data: Path) -> str | None:
    for folder in (data, data / "run", data / "logs"):
        if not os.access(folder, os.W_OK):
            return f"{folder} can't be written by this user: change its owner, or start as the user who created it."
    return None


def _keys(keys: Path) -> str | None:
    if not keys.is_dir() or not any(keys.iterdir()):
        return f"{keys} holds no keys: start Candour once, or bring the keys back from your backup."
    open_to_others = [path.name for path in (keys, *keys.iterdir()) if path.stat().st_mode & 0o077]
    return f"other users can read {', '.join(open_to_others)} in {keys}: run `chmod -R go= {keys}`." if open_to_others else None


def _own_rules(data: Path) -> list[Finding]:
    """Each fault as a finding of its own: what is active is not touched by it, but no new release can be signed."""
    from candour.packs import loader, ours, plain  # loads the schema library

    folder = data / ours.FOLDER
    told = [*ours.faults(folder, (*loader.shipped_markets(), *loader.shipped_topics())), *plain.voice_faults(folder)]
    return [found("D14", fault) for fault in told] or [found("D14", None)]


def _room(data: Path) -> str | None:
    place = shutil.disk_usage(data)
    if place.free >= LEAST_ROOM or place.free >= LEAST_PART * place.total:
        return None
    whose = "keys and logs" if external_url() else "database, keys and logs"
    return f"Only {place.free / 1e6:.0f} MB are free where {data} keeps {whose}: make room, or move the folder to a larger disk."
