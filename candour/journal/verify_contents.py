"""Do kept bytes still have the digest that was recorded, and posts the root of their intake?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter

from django.utils.translation import gettext as _
from psycopg import Connection

from candour.core.merkle import HASH_BYTES, Frontier, intake_root, leaf_hash, root_of
from candour.journal.verify_report import Kind, Report

#: The bytes of a picture. Where a retention run took them, and no text was ever submitted with it, there are none to compare.
_PICTURE = "(SELECT c.content FROM approval_picturecontent c WHERE c.picture_id = approval_picture.id)"
_PICTURE_DIGEST = f"""CASE WHEN cleared_run IS NULL OR {_PICTURE} IS NOT NULL OR EXISTS (
    SELECT 1 FROM approval_draftversion v WHERE v.picture_id = approval_picture.digest AND v.submitted) THEN digest END"""  # noqa: S608 - constants of this module
#: Tables with bytes and their digest: table, SQL of the bytes, column of the digest.
DIGESTS = (
    ("approval_draftversion", "exact", "digest"),
    ("approval_approvedmessage", "exact", "digest"),
    ("approval_picture", _PICTURE, _PICTURE_DIGEST),
    ("journal_signature", "shown", "digest"),
    ("cases_evidence", "sealed", "digest"),
    ("registry_packrelease", "convert_to(content, 'UTF8')", "sha256"),
)
#: What the digest of a post version covers: whether it was deleted at the source, its text, and the raw bytes.
_POST_BYTES = r"(CASE WHEN deleted THEN '\x01' ELSE '\x00' END)::bytea || convert_to(text, 'UTF8') || '\x00'::bytea || raw"
#: Versions whose digests are brought as one value; few enough for a value of moderate length.
_TOGETHER = 4096
#: One pass over the posts: each is hashed where it is read, before rows are sorted, so that only digests are. By intake and in its order:
#: the versions that differ from their digest, and the digests (nothing in place of one that is no digest). A post that a retention run
#: emptied has only the digest left.
_VERSIONS = rf"""
SELECT coalesce(intake_id, 0), id / {_TOGETHER}, array_agg(id ORDER BY id) FILTER (WHERE odd), count(*),
       string_agg(known, '' ORDER BY id)
  FROM (SELECT id, intake_id, NOT emptied AND made IS DISTINCT FROM digest AS odd,
               CASE WHEN made = digest OR digest ~ '^[0-9a-fA-F]{{64}}$' THEN decode(digest, 'hex') ELSE '' END AS known
          FROM (SELECT id, intake_id, digest, encode(sha256({_POST_BYTES}), 'hex') AS made,
                       cleared_run IS NOT NULL AND text = '' AND raw = '' AS emptied
                  FROM listening_postversion OFFSET 0) hashed
        OFFSET 0) compared
 GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - constants of this module
_ROOTS = "SELECT id, root FROM listening_intake ORDER BY id"
_CLEARED = """
SELECT coalesce(r.id, v.cleared_run), r.root, v.digest
  FROM assurance_retentionrun r FULL JOIN (SELECT id, cleared_run, digest FROM listening_postversion WHERE cleared_run IS NOT NULL) v
    ON v.cleared_run = r.id ORDER BY 1, v.id
"""
BATCH = 2000
#: The root of an intake without posts.
_NOTHING = root_of(()).hex()


def check_contents(db: Connection, report: Report) -> None:
    """Name every text, signature, piece of evidence and pack whose bytes are not those its digest was made of."""
    for table, content, digest in DIGESTS:
        words = _("The bytes of row %(key)s of %(table)s are not those its digest was made of.")
        _differing(db, table, content, digest, report, Kind.TEXT_CHANGED, words)
    _check_cleared(db, report)


def _is_there(db: Connection, table: str) -> bool:
    return db.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)


def _differing(db: Connection, table: str, content: str, digest: str, report: Report, kind: Kind, words: str) -> None:
    if not _is_there(db, table):
        return  # named with the rows
    # every part of the statement is a constant of this module
    query = f"SELECT id FROM {table} WHERE encode(sha256({content}), 'hex') IS DISTINCT FROM {digest} ORDER BY id"  # noqa: S608
    with db.cursor(name="digests") as cursor:
        cursor.itersize = BATCH
        for (key,) in cursor.execute(query):
            report.add(kind, f"{table} {key}", words % {"key": key, "table": table})


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


def _holds(root: str, digests: list[str]) -> bool:
    try:
        return intake_root(digests) == root
    except ValueError:  # a digest that is no hex number
        return False


# --- Posts ---------------------------------------------------------------------------------------------------------------------------


def check_posts(db: Connection, report: Report) -> None:
    """Name every post version that is not what was heard, and every intake whose posts are not those it took in."""
    if not (_is_there(db, "listening_intake") and _is_there(db, "listening_postversion")):
        return  # named with the rows
    with db.cursor(name="roots") as roots, db.cursor(name="versions") as versions:
        roots.itersize, versions.itersize = BATCH, 1
        kept = ((intake, "kept", root) for intake, root in roots.execute(_ROOTS))
        computed = ((intake, "computed", root) for intake, root in _computed(versions.execute(_VERSIONS), report))
        for intake, both in groupby(merge(kept, computed, key=itemgetter(0)), key=itemgetter(0)):
            told = {which: root for _intake, which, root in both}
            if "kept" not in told or told["kept"] != told.get("computed", _NOTHING):
                words = _("The posts of intake %(intake)s are not those it took in: one was changed, deleted or put in.")
                report.add(Kind.INTAKE_CHANGED, f"listening_intake {intake}", words % {"intake": intake})


def _computed(versions: Iterable[tuple[int, int, list[int] | None, int, bytes]], report: Report) -> Iterator[tuple[int, str | None]]:
    """The root over the digests of each intake's versions, None when one has no digest; names versions that differ on the way."""
    for intake, parts in groupby(versions, key=itemgetter(0)):
        tree, whole = Frontier(), True
        for _intake, _part, odd, count, digests in parts:
            for key in odd or ():
                words = _("Text or bytes of post version %(key)s are not what was heard.")
                report.add(Kind.POST_CHANGED, f"listening_postversion {key}", words % {"key": key})
            whole = whole and len(digests) == count * HASH_BYTES
            tree.extend([leaf_hash(digests[at : at + HASH_BYTES]) for at in range(0, len(digests), HASH_BYTES)])
        yield intake, (tree.root().hex() if whole else None)
