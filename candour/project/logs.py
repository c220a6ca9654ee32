"""What goes into the log and in which form: a line to read, or one JSON object a line. Ids, never what people wrote or are called.

What an error says may quote a post, a name or an address, so its class, its place in the code and a database's SQLSTATE go into the log
and its words do not. The same holds for addresses of pages: the name of the route is told instead.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from copy import copy
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import psycopg

from candour.core.trace import trace
from candour.insight.outage import OUTAGE, is_away

#: Loggers of the web framework whose words quote the address or the header of a stranger.
_QUOTES = ("django.request", "django.security", "django.server")
ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def part() -> str:
    """web, worker, setup or command: which part of Candour this process is; the supervisor names it."""
    return os.environ.get("CANDOUR_PART", "command")


class Discreet(logging.Filter):
    """Leaves out what a database that is away makes everybody say, and puts the route in the place of an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The form of a filter of the standard library: False drops the line."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if is_away(error):
            OUTAGE.met(error)
            return False
        if isinstance(record.args, tuple):
            record.args = tuple(_named(one) if isinstance(one, BaseException) else one for one in record.args)
        if record.name.startswith(_QUOTES):
            record.msg, record.args = _without_address(record), ()
        elif isinstance(job := getattr(record, "job", None), dict):  # the queue's own words quote the arguments of a job
            record.msg, record.args = f"Job {job.get('task_name')} {job.get('id')}: {getattr(record, 'action', 'told')}", ()
        elif record.name.startswith("procrastinate") and record.exc_info:
            record.msg, record.args = f"The queue reports: {getattr(record, 'action', 'a failure')}", ()
        elif record.name.startswith("gunicorn") and isinstance(record.args, tuple):
            record.args = tuple(one if isinstance(one, int | float) or str(one).startswith("SIG") else "-" for one in record.args)
        return True


def _without_address(record: logging.LogRecord) -> str:
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    status = getattr(record, "status_code", "") or record.name.rpartition(".")[2]
    return f"Answered {status} at route {match.view_name if match else 'none'}"


def _named(error: BaseException) -> str:
    """An error in short: class, and what a database, a mail server or the system says in numbers or words of its own."""
    said = getattr(error, "sqlstate", None) or getattr(error, "smtp_code", None)
    if isinstance(error, psycopg.Error) and error.diag.constraint_name:
        said = f"{said}, {error.diag.constraint_name}"
    if isinstance(error, OSError) and error.errno:
        said = said or os.strerror(error.errno)
    return f"{type(error).__module__}.{type(error).__name__}{f' ({said})' if said else ''}"


def _told(info: ExcInfo) -> list[str]:
    """An error and those behind it, innermost first: class, SQLSTATE, system words, and places in the code."""
    lines: list[str] = []
    error = info[1]
    while error is not None:
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        lines = [
            _named(error),
            *(f"  {one}" for one in places),
            *lines,
        ]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines


class Line(logging.Formatter):
    """One readable line, with the numbers it belongs to at its end; an error's places follow, indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The text of an error that another formatter left on the record is not taken, and ours not left there."""
        own = copy(record)
        own.exc_text = None
        return super().format(own)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line itself; numbers that are not known are left out."""
        known = " ".join(f"{name}={value}" for name, value in _numbers(record).items() if not isinstance(value, dict))
        subject = " ".join(f"{name}={value}" for name, value in (getattr(record, "subject", None) or {}).items())
        return " ".join(filter(None, [super().formatMessage(record), subject, known]))

    def formatException(self, ei: Any) -> str:
        """Without the error's own words."""
        return "\n".join(_told(ei))


class Json(logging.Formatter):
    """One JSON object: time, level, part, process, logger, message, and request, job, actor, subject, error where known."""

    def format(self, record: logging.LogRecord) -> str:
        """The object on one line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": part(),
            "process": record.process,
            "logger": record.name,
            "message": record.getMessage(),
            **_numbers(record),
        }
        if isinstance(record.exc_info, tuple):
            told["error"] = _told(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def _numbers(record: logging.LogRecord) -> dict[str, Any]:
    now, about = trace(), getattr(record, "job", None)  # the queue's own lines carry their job
    job = now.job or (about.get("id") if isinstance(about, dict) else None)
    told = {"request": now.request, "job": job, "actor": now.actor, "subject": getattr(record, "subject", None)}
    return {name: value for name, value in told.items() if value}


def configuration(form: str) -> dict[str, Any]:
    """Django's LOGGING in the form `line` or `json`, on stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"discreet": {"()": "candour.project.logs.Discreet"}},
        "formatters": {"told": {"()": f"candour.project.logs.{'Json' if form == 'json' else 'Line'}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "told", "filters": ["discreet"]}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "procrastinate": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},  # repeats every second that the database is away, which is told once
            "django": {"handlers": [], "level": "INFO", "propagate": True},
        },
    }


def catch_the_uncaught() -> None:
    """Let an error that ends a process or a thread go through the log like all others."""

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logging.getLogger("candour").critical("This process ends by an error nobody caught.", exc_info=(kind, error, trace))

    def told_by_thread(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None:
            found = (what.exc_type, what.exc_value, what.exc_traceback)
            logging.getLogger("candour").critical("A thread ended by an error nobody caught.", exc_info=found)

    sys.excepthook, threading.excepthook = told, told_by_thread
