"""The inspection pack of one message: everything an inspector asks for, on one paper and in one bundle that is checked without Candour.

The bundle holds the facts, the exact signed bytes, the journal's entries with their proofs, the signed head they lead to, the paper, the
script that checks all of it, and a manifest of their SHA-256 under the installation's key. Each taking is an entry of the journal that
names the manifest.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _

from candour.channels.text import clean_text
from candour.core.review import MessageKind
from candour.core.signing import canonical, load_or_create_key, public_hex
from candour.flows import inspection_facts as facts
from candour.flows import inspection_record as record
from candour.flows.answers import Refusal
from candour.flows.gate import ask_at
from candour.flows.inspection_claims import claims
from candour.flows.inspection_paper import paper
from candour.flows.printed import printed
from candour.journal import proofs
from candour.journal.acting import acting, note
from candour.journal.exports import head_line
from candour.journal.models import Entry, Head
from candour.journal.queries import head_to_go_on_from, installation
from candour.journal.sealing import key_file
from candour.messages.models import ApprovedMessage
from candour.messages.queries import place_of
from candour.people.models import User
from candour.registry import queries as registry

FORM = 1
MANIFEST, SIGNATURE, PAPER, FACTS = "manifest.json", "manifest.sig", "pack.pdf", "pack.json"
SCRIPT = "verify_pack.py"
_README = """An inspection pack of Candour. Nothing in it needs Candour or a network.

  python -I verify_pack.py .            checks files, signed bytes, entries, proofs and signatures
  python -I verify_pack.py . --key KEY  the same, and that this company's installation signed it

Take the script from the project's own releases rather than from this pack if you don't trust whoever gave you the pack.
pack.pdf is the paper to read, pack.json the same for machines; signed/ holds the exact bytes under their SHA-256; journal/ holds the
entries, with the hashes that lead from each to the signed head. Instants of entries count microseconds from 2000-01-01 00:00 UTC.
"""
#: Tables whose entries are the background of a message, not work on it.
_BACKGROUND = frozenset({"registry_labelfacts", "registry_productstatus", "inspection"})


@dataclass(frozen=True, slots=True)
class Pack:
    """A taken pack: its files by name, the name of the archive without its ending, and the SHA-256 of its manifest."""

    name: str
    files: dict[str, bytes]
    manifest: str

    @property
    def paper(self) -> bytes:
        return self.files[PAPER]

    def archive(self) -> bytes:
        """All files in one archive; the same files give the same bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(self.files.items()):
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()


def take(by: User, message: ApprovedMessage, now: datetime, *, purpose: str = "") -> Pack:
    """Make the pack and put its taking on record, with the manifest's SHA-256 and what it was taken for.

    Refused without the right in the message's market, for an answer to one person (its case has the record), while an entry of the message
    waits for its seal, and where the installation's key is not on this machine.
    """
    ask_at(by, "message.inspect", place_of(message), now)
    if message.kind == MessageKind.FREE_REPLY:
        raise Refusal(_("This was written for one person; its record is in the case."), status=409)
    if not key_file().is_file():
        raise Refusal(_("The key that signs a pack is not on this machine."), remedy=_("Ask where the worker runs."), status=409)
    purpose = clean_text(purpose).strip()[:200]
    taken = {"at": facts.instant(now), "by": by.name, "purpose": purpose}
    pack = _pack(message, taken, _signed_head())
    with acting(by, "message.inspect", purpose):
        note("inspection", message.key, f"pack {pack.manifest}")
    return pack


def _signed_head() -> Head:
    head = head_to_go_on_from()
    if head is None:
        raise _not_sealed()
    return head


def _not_sealed() -> Refusal:
    return Refusal(_("The newest entries of this message are being sealed."), remedy=_("Ask again in a few seconds."), status=409)


def _pack(message: ApprovedMessage, taken: dict[str, Any], head: Head) -> Pack:
    work = [entry for entry in record.entries_about(message) if entry.subject not in _BACKGROUND]
    entries = _proven(message, work, head)
    before = facts.last_before(message)
    told = _told(message, before, taken, work) | {"journal": {"entries": len(entries), "head": record.head_facts(head)}}
    data = _readable(told)
    found = {
        "README.txt": _README.encode(),
        SCRIPT: files("candour.flows").joinpath("papers", SCRIPT).read_bytes(),
        FACTS: data,
        PAPER: printed("listing", paper(told, hashlib.sha256(data).hexdigest())),
        "journal/entries.jsonl": b"".join(canonical(record.written(one, message)) + b"\n" for one in entries),
        "journal/head.json": canonical(json.loads(head_line(head))),
        **facts.signed_files(message, before),
    }
    sealed = _sealed(found, message, taken)
    return Pack(f"inspection-{message.key}-{taken['at'][:10]}", found | sealed, hashlib.sha256(sealed[MANIFEST]).hexdigest())


def _proven(message: ApprovedMessage, work: list[Entry], head: Head) -> list[proofs.Proven]:
    people = {int(entry.actor) for entry in work if entry.actor.isdecimal()}
    try:
        return proofs.proven(record.entries_about(message, people).values_list("pk", flat=True), head)
    except proofs.Unsealed:
        raise _not_sealed() from None
    except proofs.Differs as fault:
        raise Refusal(str(fault), status=409) from fault


def _told(message: ApprovedMessage, before: ApprovedMessage | None, taken: dict[str, Any], work: list[Entry]) -> dict[str, Any]:
    seat, company = installation(), registry.company()
    kept = message.reused_from
    reuse = {"of": record.of(kept), "answer": kept.answer, "source": kept.source.key, "digest": kept.digest} if kept else None
    return {
        "form": FORM,
        "taken": taken,
        "installation": {
            "uid": str(seat.uid) if seat else "",
            "demo": bool(seat and seat.demo),
            "company": company.name if company else "",
        },
        "message": facts.message_facts(message),
        "label": facts.label_facts(message),
        "claims": claims(message),
        "checks": facts.checks(message),
        "check_signed": facts.answered_before(message),
        "notes": facts.notes(message),
        "difference": facts.difference(message, before),
        "reuse": reuse,
        "signatures": facts.signatures(message),
        "on_file": facts.on_file(message),
        "publications": facts.publications(message),
        "ads": facts.ads(message),
        "comments": facts.comments(message),
        "people": facts.involved(work),
    }


def _readable(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _sealed(found: dict[str, bytes], message: ApprovedMessage, taken: dict[str, Any]) -> dict[str, bytes]:
    """The manifest of all files and the installation's signature under it."""
    sums = {name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in found.items()}
    manifest = canonical({"what": "candour inspection pack", "form": FORM, "message": message.key, "taken": taken, "files": sums})
    key = load_or_create_key(key_file())
    seal = canonical({"public_key": public_hex(key), "signature": key.sign(manifest).hex()})
    return {MANIFEST: manifest, SIGNATURE: seal}
