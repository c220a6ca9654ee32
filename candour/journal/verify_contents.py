"""Do kept bytes still have the digest that was recorded, and posts the root of their intake?"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from django.utils.translation import gettext as _
from psycopg import Connection

from candour.core.merkle import intake_root
from candour.journal.verify_report import Kind, Report

#: Tables with bytes and their digest: table, SQL of the bytes, column of the digest.
DIGESTS = (
    ("approval_draftversion", "exact", "digest"),
    ("approval_approvedmessage", "exact", "digest"),
    ("journal_signature", "shown", "digest"),
    ("cases_evidence", "sealed", "digest"),
    ("registry_packrelease", "convert_to(content, 'UTF8')", "sha256"),
)
#: What the digest of a post version covers: whether it was deleted at the source, its text, and the raw bytes.
_POST_BYTES = r"(CASE WHEN deleted THEN '\x01' ELSE '\x00' END)::bytea || convert_to(text, 'UTF8') || '\x00'::bytea || raw"

_VERSIONS = """
SELECT i.id, i.root, v.digest FROM listening_intake i LEFT JOIN listening_postversion v ON v.intake_id = i.id ORDER BY i.id, v.id
"""
_CLEARED = """
SELECT coalesce(r.id, v.cleared_run), r.root, v.digest
  FROM assurance_retentionrun r FULL JOIN (SELECT id, cleared_run, digest FROM listening_postversion WHERE cleared_run IS NOT NULL) v
    ON v.cleared_run = r.id ORDER BY 1, v.id
"""
BATCH = 2000


def check_contents(db: Connection, report: Report) -> None:
    """Name every text, signature, piece of evidence, pack, post and intake whose bytes are not those its digest was made of."""
    for table, content, digest in DIGESTS:
        words = _("The bytes of row %(key)s of %(table)s are not those its digest was made of.")
        _differing(db, table, content, digest, report, Kind.TEXT_CHANGED, words)
    words = _("Text or bytes of post version %(key)s are not what was heard.")
    _differing(db, "listening_postversion", _POST_BYTES, "digest", report, Kind.POST_CHANGED, words)
    _check_intakes(db, report)
    _check_cleared(db, report)


def _is_there(db: Connection, table: str) -> bool:
    return db.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)


def _differing(db: Connection, table: str, content: str, digest: str, report: Report, kind: Kind, words: str) -> None:
    if not _is_there(db, table):
        return  # named with the rows
    # every part of the statement is a constant of this module
    query = f"SELECT id FROM {table} WHERE {_kept(table)} AND encode(sha256({content}), 'hex') IS DISTINCT FROM {digest} ORDER BY id"  # noqa: S608
    with db.cursor(name="digests") as cursor:
        cursor.itersize = BATCH
        for (key,) in cursor.execute(query):
            report.add(kind, f"{table} {key}", words % {"key": key, "table": table})


def _kept(table: str) -> str:
    """Which rows must have the bytes of their digest: a post that a retention run emptied has only the digest left."""
    return "NOT (cleared_run IS NOT NULL AND text = '' AND raw = '')" if table == "listening_postversion" else "true"


def _check_cleared(db: Connection, report: Report) -> None:
    """Was every emptied post emptied by a run that stands on record? The run's root binds the digests of what it took away."""
    if not (_is_there(db, "assurance_retentionrun") and _is_there(db, "listening_postversion")):
        return
    with db.cursor(name="cleared") as cursor:
        cursor.itersize = BATCH
        for (run, root), versions in groupby(cursor.execute(_CLEARED), key=itemgetter(0, 1)):
            if root is None or not _holds(root, [digest for _run, _root, digest in versions if digest is not None]):
                words = _(
                    "The posts that retention run %(run)s emptied are not those on its record: one was emptied or put back outside it."
                )
                report.add(Kind.POST_CHANGED, f"assurance_retentionrun {run}", words % {"run": run})


def _check_intakes(db: Connection, report: Report) -> None:
    if not (_is_there(db, "listening_intake") and _is_there(db, "listening_postversion")):
        return
    with db.cursor(name="intakes") as cursor:
        cursor.itersize = BATCH
        for (intake, root), versions in groupby(cursor.execute(_VERSIONS), key=itemgetter(0, 1)):
            if not _holds(root, [digest for _intake, _root, digest in versions if digest is not None]):
                words = _("The posts of intake %(intake)s are not those it took in: one was changed, deleted or put in.")
                report.add(Kind.INTAKE_CHANGED, f"listening_intake {intake}", words % {"intake": intake})


def _holds(root: str, digests: list[str]) -> bool:
    try:
        return intake_root(digests) == root
    except ValueError:  # a digest that is no hex number
        return False
