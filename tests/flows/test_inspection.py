"""The inspection pack: whole, true to the journal, checked by a script that knows nothing of Candour; and its taking is on record."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, example, given
from hypothesis import settings as searching
from hypothesis import strategies as st
from pypdf import PdfReader

from candour.core.rights import Function
from candour.core.signing import canonical, public_hex
from candour.flows import annotate, inspection
from candour.flows.answers import Refusal
from candour.journal import exports, sealing
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import ApprovedMessage, Claim, ReadBack
from tests import approve_factories as approve
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "candour" / "flows" / "papers" / "verify_pack.py"
pytestmark = pytest.mark.django_db


@cache
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_pack", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verify(files: dict[str, bytes], **more: Any) -> list[str]:
    return script().verify(files, **more)


def found_in(files: dict[str, bytes], **more: Any) -> str:
    """What the script says does not agree."""
    with pytest.raises(script().Differs) as told:
        verify(files, **more)
    return str(told.value)


@pytest.fixture(autouse=True)
def quick(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.PASSWORD_HASHERS = approve.QUICK_HASHERS
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    sealing.forget_floor()
    exports.forget_file()
    yield
    sealing.forget_floor()
    exports.forget_file()


def story() -> tuple[approve.Ground, ApprovedMessage]:
    """A message with a finding that was answered, a note, two rounds of approval, a live publication that drifted, and comments."""
    on = approve.ground()
    approve.approved_claim(on)
    first = approve.approved(on)
    review = approve.review(on, f"{approve.MENDED} {approve.CLAIM}. Fragen Sie uns.", based_on=first, title="Zweite Fassung")
    annotate.annotate(on.medical, review, "nit", "shorter", factories.now(), quote="Fragen Sie uns.", role="medical")
    message = approve.sign_all(on, review)
    sent = approve.live(on, message, seen="etwas anderes")
    with acting(on.lead, "publication.read_back"):
        sent.remote_id = sent.thread = "item-7"
        sent.save()
        ReadBack.objects.create(publication=sent, at=factories.now(), equal=False, seen_text="etwas anderes")
    return on, message


def auditor() -> Any:
    return factories.person("Hanne Oyelaran", Function.AUDITOR)


def taken(message: ApprovedMessage, **more: Any) -> inspection.Pack:
    while sealing.seal() is not None:
        pass
    return inspection.take(auditor(), message, factories.now(), **more)


def test_a_pack_holds_and_is_taken_on_record() -> None:
    _on, message = story()
    pack = taken(message, purpose="visit of the authority")
    lines = verify(pack.files)
    assert "all agree" in lines[0] and lines[-1].endswith(pack.manifest)
    entry = Entry.objects.filter(subject="inspection", key=message.key).get()
    assert (entry.act, entry.actor_name, entry.reason) == ("message.inspect", "Hanne Oyelaran", "visit of the authority")
    assert pack.manifest in entry.new
    sealing.seal()
    assert "visit of the authority" in str(verify(taken(message).files) and taken(message).files["journal/entries.jsonl"].decode())


def test_the_facts_say_what_happened() -> None:
    on, message = story()
    told = json.loads(taken(message).files["pack.json"])
    assert told["difference"]["since"]["number"] == 1
    assert ["added", f" {approve.CLAIM}. Fragen Sie uns."] in told["difference"]["words"]
    assert [one["what"] for one in told["label"]] == ["status", "label"]
    assert {one["signer_name"] for one in told["signatures"] if one["under"]} == {on.medical.name, on.legal.name, on.regulatory.name}
    assert all("(Europe/Berlin)" in one["at_there"] and one["meaning"] for one in told["signatures"])
    (sent,) = told["publications"]
    assert (sent["state"], sent["read_backs"][0]["equal"], sent["drifts"][0]["seen_text"]) == ("drifted", False, "etwas anderes")
    assert told["notes"][0]["words"] == "shorter"
    people = {(one["name"], one["act"]): one for one in told["people"]}
    assert people[on.author.name, "draft.submit"]["certificate"] == "held"
    assert people[on.medical.name, "seal.medical"]["functions"] == ["medical_reviewer"]


def test_the_claims_stand_in_it_as_they_were_signed_and_as_they_stand_now() -> None:
    on, message = story()
    with acting(on.lead, "claim.withdraw"):
        Claim.objects.update(state="withdrawn", withdrawn_at=factories.now(), withdrawn_why="a newer study")
    pack = taken(message)
    (one,) = json.loads(pack.files["pack.json"])["claims"]
    said, where = one["signed"], message.text.index(approve.CLAIM)
    assert (said["wording"], said["footnote"], said["footnote_there"]) == (approve.CLAIM, approve.FOOTNOTE, False)
    assert said["references"][0]["document"] == "Fachinformation Zovellark"
    assert (one["state_then"], one["claim"]["state"], one["claim"]["withdrawn_why"]) == ("approved", "withdrawn", "a newer study")
    assert (one["use"]["start"], one["use"]["end"]) == (where, where + len(approve.CLAIM))
    assert {seal["role"]: seal["signature"]["signer_name"] for seal in one["seals"]} == {
        "medical": on.medical.name,
        "regulatory": on.regulatory.name,
    }
    assert json.loads(pack.files[f"signed/{said['digest']}"])["wordings"][0]["text"] == approve.CLAIM
    assert "all agree" in verify(pack.files)[0]
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pack.paper)).pages).split())
    assert "Fachinformation Zovellark" in words and "without its footnote" in words and "a newer study" in words


def test_a_message_without_a_claim_says_so() -> None:
    pack = taken(approve.approved(approve.ground()))
    assert json.loads(pack.files["pack.json"])["claims"] == []
    assert "all agree" in verify(pack.files)[0]


def test_training_is_that_of_the_time_of_the_act() -> None:
    on, message = story()
    with acting(on.lead, "test"):
        on.medical.certificates.update(revoked_at=factories.now() + timedelta(hours=1))
        on.legal.certificates.update(revoked_at=factories.now() - timedelta(hours=1))
    people = json.loads(taken(message).files["pack.json"])["people"]
    held = {one["name"]: one["certificate"] for one in people if one["act"] in ("seal.medical", "seal.legal")}
    assert (held[on.medical.name], held[on.legal.name]) == ("held", "none")


def test_comments_are_counted_and_cases_are_numbers() -> None:
    on, message = story()
    source = factories.source(of=on.account)
    case = factories.case("Mir wurde schwindelig, ich heisse Ada Lindt.", findings=[], on=source, author="ada", lang="de")
    elsewhere = factories.post("Anderswo", on=source, author="bo", lang="de")
    for post, thread in ((case.post, "item-7"), (elsewhere.post, "other")):
        post.versions.update(thread=thread)
    pack = taken(message)
    told = json.loads(pack.files["pack.json"])["comments"]
    assert (told["heard"], told["screened"], told["cases"]) == (1, 1, [case.number])
    assert not [name for name, content in pack.files.items() if b"Ada Lindt" in content or b"schwindelig" in content]


def test_what_went_to_people_goes_along_as_hashes_only() -> None:
    on = approve.ground()
    message = approve.template(on, "Guten Tag, danke.")
    sent = approve.live(on, message)
    with acting(on.lead, "test"):
        sent.filled, sent.thread = {"name": "Ada Lindt"}, "thread-of-ada"
        sent.save()
    pack = taken(message)
    assert not [name for name, content in pack.files.items() if b"Ada Lindt" in content or b"thread-of-ada" in content]
    assert "as hashes only" in verify(pack.files)[0] and b'"withheld"' in pack.files["journal/entries.jsonl"]


def test_the_paper_says_the_same() -> None:
    on, message = story()
    pack = taken(message)
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pack.paper)).pages).split())
    for said in (
        on.medical.name,
        "Zovellark",
        "Europe/Berlin",
        "drift",
        "basics",
        json.loads(pack.files["pack.json"])["message"]["valid_from"][:10],
    ):
        assert said in words


# refused


def test_who_may_take_a_pack() -> None:
    _on, message = story()
    sealing.seal()
    before = Entry.objects.count()
    for function, market in ((Function.AUTHOR, "de"), (Function.COUNTRY_LEAD, "us"), (Function.MEDICAL_REVIEWER, "")):
        someone = factories.person(f"{function} of {market}", function, markets=(market,))
        before = Entry.objects.count()
        with pytest.raises(Refusal):
            inspection.take(someone, message, factories.now())
        assert Entry.objects.count() == before
    lead = factories.person("Lead of Germany", Function.COUNTRY_LEAD, markets=("de",))
    assert inspection.take(lead, message, factories.now()).files


def test_a_pack_is_not_made_of_what_is_not_sealed_or_without_the_key(settings: Any, tmp_path: Path) -> None:
    on, message = story()
    sealing.seal()
    approve.live(on, message)
    by = auditor()
    with pytest.raises(Refusal, match="being sealed"):
        inspection.take(by, message, factories.now())
    sealing.seal()
    settings.KEYS = tmp_path / "elsewhere"
    with pytest.raises(Refusal, match="key"):
        inspection.take(by, message, factories.now())
    assert not (tmp_path / "elsewhere").exists()


# whatever is changed is found


def packed() -> dict[str, bytes]:
    return taken(story()[1]).files


@searching(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_in_any_file_is_found(once: dict[str, bytes], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(once)))
    at = data.draw(st.integers(0, len(once[name]) - 1))
    flipped = once[name][at] ^ (1 << data.draw(st.integers(0, 7)))
    assert found_in(once | {name: once[name][:at] + bytes([flipped]) + once[name][at + 1 :]})


@pytest.fixture
def once() -> dict[str, bytes]:
    return packed()


def test_every_byte_of_the_signature_counts(once: dict[str, bytes]) -> None:
    name = inspection.SIGNATURE
    for at, byte in enumerate(once[name]):
        for bit in (0, 5):
            assert found_in(once | {name: once[name][:at] + bytes([byte ^ 1 << bit]) + once[name][at + 1 :]})


def test_a_missing_and_an_added_file_are_named(once: dict[str, bytes]) -> None:
    for name in sorted(set(once) - {inspection.MANIFEST, inspection.SIGNATURE}):
        assert name in found_in({key: value for key, value in once.items() if key != name})
    assert "extra.txt" in found_in(once | {"extra.txt": b""})


def resealed(files: dict[str, bytes], key: Ed25519PrivateKey) -> dict[str, bytes]:
    """What a forger does who knows the form: all sums anew, signed with a key of their own."""
    manifest = json.loads(files[inspection.MANIFEST])
    rest = {name: content for name, content in files.items() if name not in (inspection.MANIFEST, inspection.SIGNATURE)}
    manifest["files"] = {name: {"sha256": script().digest_of(content), "bytes": len(content)} for name, content in rest.items()}
    signed = canonical(manifest)
    seal = canonical({"public_key": public_hex(key), "signature": key.sign(signed).hex()})
    return rest | {inspection.MANIFEST: signed, inspection.SIGNATURE: seal}


def with_facts(files: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> dict[str, bytes]:
    told = json.loads(files["pack.json"])
    change(told)
    return files | {"pack.json": json.dumps(told).encode()}


FORGED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "who signed": (lambda told: told["signatures"][0].update(signer_name="Somebody Else"), "signer_name"),
    "when": (lambda told: told["signatures"][0].update(at="2020-01-01T00:00:00+00:00"), "at is not"),
    "meaning": (lambda told: told["signatures"][0].update(meaning="read"), "meaning"),
    "the text": (lambda told: told["message"].update(text="Anders"), "text differs from the signed bytes"),
    "the end": (lambda told: told["message"].update(valid_until="2099-01-01T00:00:00+00:00"), "valid_until"),
    "a drift": (lambda told: told["publications"][0].update(state="live"), "state"),
    "a look": (lambda told: told["publications"][0]["read_backs"][0].update(equal=True), "equal"),
    "a verdict": (lambda told: told["checks"][0].update(verdict="pass!"), "verdict"),
    "a certificate": (lambda told: next(one for one in told["people"] if "of" in one).update(expires_at="2099"), "expires_at"),
    "a claim's words": (lambda told: told["claims"][0]["signed"].update(wording="Wirkt sofort"), "not those in the signed bytes"),
    "a claim left out": (lambda told: told["claims"].clear(), "not those in the signed bytes"),
    "a claim's standing": (lambda told: told["claims"][0].update(state_then="draft"), "state_then"),
    "a claim's end": (lambda told: told["claims"][0]["claim"].update(state="withdrawn"), "state is not"),
    "another claim": (lambda told: told["claims"][0]["claim"].update(number=77), "another claim"),
    "a claim's place": (lambda told: told["claims"][0]["use"].update(start=0), "start is not"),
    "a claim's reviewer": (lambda told: told["claims"][0]["seals"][0].update(role="legal"), "role is not"),
    "a claim's signer": (lambda told: told["claims"][0]["seals"][0]["signature"].update(of=told["signatures"][0]["of"]), "does not cover"),
    "a row made up": (lambda told: told["notes"][0].update(of="approval_annotation/9999"), "no such row"),
    "the head": (lambda told: told["journal"]["head"].update(size=1), "another head"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_fact_differs_from_the_journal_although_all_sums_are_made_anew(once: dict[str, bytes], what: str) -> None:
    change, named = FORGED[what]
    key = sealing.load_or_create_key(sealing.key_file())
    assert named in found_in(resealed(with_facts(once, change), key))


def test_a_forged_entry_is_not_in_the_tree(once: dict[str, bytes]) -> None:
    key = sealing.load_or_create_key(sealing.key_file())
    lines = once["journal/entries.jsonl"].splitlines(keepends=True)
    for change in ({"actor_name": "Nobody"}, {"index": 0}, {"written_at": 1}, {"path": []}):
        entry = canonical(json.loads(lines[3]) | change) + b"\n"
        forged = once | {"journal/entries.jsonl": b"".join([*lines[:3], entry, *lines[4:]])}
        assert "not in the tree" in found_in(resealed(forged, key))
    left_out = once | {"journal/entries.jsonl": b"".join(line for line in lines if b'"journal_signature"' not in line)}
    assert "no such row" in found_in(resealed(left_out, key))


def test_another_key_is_another_installation(once: dict[str, bytes], tmp_path: Path) -> None:
    stranger = Ed25519PrivateKey.generate()
    assert "another key" in found_in(resealed(once, stranger))
    ours = json.loads(once[inspection.SIGNATURE])["public_key"]
    assert len(verify(once, key=ours)) == len(verify(once)) - 1
    assert "not the one given" in found_in(once, key=public_hex(stranger))


def test_a_copy_of_the_heads_is_held_against_it(once: dict[str, bytes], tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(exports.heads_file().read_bytes())
    assert "holds the same head" in str(verify(once, heads=copy))
    with acting(factories.founder(), "test"):
        factories.person("One more")
    sealing.seal()
    later = exports.heads_file().read_bytes().splitlines(keepends=True)
    copy.write_bytes(later[-1])
    assert "does not hold the head" in found_in(once, heads=copy)


# the script by itself


def test_the_script_runs_alone_outside_the_project(once: dict[str, bytes], tmp_path: Path) -> None:
    folder, archive = tmp_path / "unpacked", tmp_path / "pack.zip"
    archive.write_bytes(inspection.Pack("p", once, "").archive())
    with zipfile.ZipFile(archive) as packed_files:
        packed_files.extractall(folder)
    for target in (archive, folder):
        done = subprocess.run(
            [sys.executable, "-I", "-S", folder / "verify_pack.py", target], cwd="/", env={}, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "") and "all agree" in done.stdout
    (folder / "pack.pdf").write_bytes(b"%PDF-")
    done = subprocess.run([sys.executable, "-I", "-S", folder / "verify_pack.py", folder], cwd="/", env={}, capture_output=True, text=True)
    assert done.returncode == 1 and "pack.pdf" in done.stdout
    archive.write_bytes(b"PK")
    done = subprocess.run([sys.executable, "-I", "-S", SCRIPT, archive], cwd="/", env={}, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""


def test_the_script_is_short_enough_to_be_read() -> None:
    assert len(SCRIPT.read_text().splitlines()) < 300


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 63), st.integers(0, 7))
@example(bytes(32), b"", 63, 7)
def test_its_signatures_are_those_of_the_library(seed: bytes, data: bytes, at: int, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    made = key.sign(data)
    other = made[:at] + bytes([made[at] ^ 1 << bit]) + made[at + 1 :]
    assert script().signed_by(public_hex(key), made.hex(), data)
    assert not script().signed_by(public_hex(key), other.hex(), data)
    assert not script().signed_by(public_hex(key), made.hex(), data + b"!")
