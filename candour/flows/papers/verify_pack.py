"""Checks an inspection pack without Candour and without a network: python -I verify_pack.py PACK.zip [--key HEX] [--heads FILE]

Needs Python 3.9 and nothing else. Exit code 0 when everything agrees, 1 when something does not (the first is named), 2 when it can't be
read. `--key`, the installation's public key, and `--heads`, a copy of its heads, come from elsewhere: without them it agrees with itself.
"""

import argparse
import hashlib
import json
import re
import sys
import zipfile
from datetime import datetime
from pathlib import Path

SEALED = ("id", "at", "written_at", "actor", "actor_name", "act", "reason", "subject", "key", "op", "old", "new", "simulated")
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"


class Differs(Exception):
    """Something does not agree; the message names it."""


def need(holds, words):
    """Stop at the first thing that does not agree."""
    if not holds:
        raise Differs(words)


def digest_of(data):
    """SHA-256, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    """The one byte form of what is signed: JSON, keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def parsed(data, where):
    """The value of JSON; other bytes don't agree."""
    try:
        return json.loads(data)
    except ValueError:
        raise Differs(f"{where} is no JSON.") from None


def one_form(data, where):
    """JSON in its one byte form; any other spelling was changed."""
    value = parsed(data, where)
    need(canonical(value) == data, f"{where} is not in its canonical form.")
    return value


# --- Ed25519 (RFC 8032), so that nothing has to be installed --------------------------------------------------------------------------
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(one, other):
    """The sum of two points of the curve in extended coordinates (x, y, z, x*y/z)."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    """A point added to itself so many times."""
    total = (0, 1, 1, 0)
    while number:
        total, point, number = add(total, point) if number & 1 else total, add(point, point), number >> 1
    return total


def point_of(data):
    """The point that 32 bytes stand for; None for bytes that stand for none."""
    y, odd = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed_by(public, signature, data):
    """True when `signature` over `data` was made with the key whose public half this is; both lower-case hex."""
    try:
        key, made = bytes.fromhex(public), bytes.fromhex(signature)
    except (ValueError, TypeError):
        return False
    if len(key) != 32 or len(made) != 64 or (key.hex(), made.hex()) != (public, signature):
        return False
    point, share = point_of(key), int.from_bytes(made[32:], "little")
    if point is None or share >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(made[:32] + key + data).digest(), "little") % ORDER
    x, y, z, t = times(hashed, point)
    point = add(times(share, BASE), (P - x, y, z, P - t))
    x, y = (part * pow(point[2], -1, P) % P for part in point[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == made[:32]


def leaf_of(entry):
    """The hash of an entry: every column behind its length, numbers and instants in eight bytes, as the database sends them."""
    columns = [entry[name].to_bytes(8, "big", signed=True) for name in SEALED[:3]]
    columns += [entry[name].encode() for name in SEALED[3:12]] + [bytes([entry["simulated"]])]
    return hashlib.sha256(b"\x00\x02" + b"".join(len(one).to_bytes(4, "big") + one for one in columns)).digest()


def root_from(size, position, node, path):
    """The root above a leaf, by the hashes beside its way up; None when the way does not fit the place."""
    here, last = position, size - 1
    for beside in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            node = hashlib.sha256(b"\x01" + beside + node).digest()
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + beside).digest()
        here, last = here >> 1, last >> 1
    return node if last == 0 and 0 <= position < size else None


def members_of(path):
    """The files of a pack by name, from the archive or from a folder it was unpacked to."""
    if path.is_dir():
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}
    with zipfile.ZipFile(path) as archive:
        need(len(archive.namelist()) == len(set(archive.namelist())), "The archive holds a file twice.")
        return {name: archive.read(name) for name in archive.namelist()}


def check_manifest(files):
    """Every file is the one the manifest names, there is no other, and the installation signed the manifest; its public key."""
    need(MANIFEST in files and SIGNATURE in files, f"{MANIFEST} or {SIGNATURE} is missing.")
    seal = one_form(files[SIGNATURE], SIGNATURE)
    need(sorted(seal) == ["public_key", "signature"], f"{SIGNATURE} is no signature.")
    need(signed_by(seal["public_key"], seal["signature"], files[MANIFEST]), f"{MANIFEST}: its signature in {SIGNATURE} does not hold.")
    named = one_form(files[MANIFEST], MANIFEST)["files"]
    for name in sorted(named):
        need(name in files, f"{name} is missing.")
        need(digest_of(files[name]) == named[name]["sha256"], f"{name} is not the file the manifest names: its SHA-256 differs.")
    more = sorted(set(files) - set(named) - {MANIFEST, SIGNATURE})
    need(not more, f"{more[0] if more else ''} is not in the manifest.")
    return seal["public_key"]


def check_signed(files, pack):
    """The exact bytes: each file bears its digest as its name, and what the pack says of the message is what was signed."""
    for name in sorted(files):
        if name.startswith("signed/"):
            need(digest_of(files[name]) == name[7:], f"{name}: these bytes have another digest.")
    told = pack["message"]
    where = f"signed/{told['digest']}"
    need(where in files, f"{where}: the bytes of the message are missing.")
    exact = one_form(files[where], where)
    for name in ("kind", "text", "market", "lang", "audience"):
        need(exact.get(name) == told[name], f"message: {name} differs from the signed bytes.")
    need([one["signed"] for one in pack["claims"]] == exact.get("claims", []), "claims: they are not those in the signed bytes.")
    for one in pack["signatures"]:
        need(one["file"] == "signed/" + one["digest"] and one["file"] in files, f"{one['of']}: the bytes that were signed are missing.")
        need(not one["under"] or one["digest"] == told["digest"], f"{one['of']}: this signature does not cover the message.")
    need(any(one["under"] for one in pack["signatures"]), "message: no signature covers it.")


def check_head(files, pack, public):
    """The head of the journal the proofs lead to is signed with the same key; (size, root)."""
    head = one_form(files["journal/head.json"], "journal/head.json")
    need(head["public_key"] == public, "journal/head.json was signed with another key than the manifest.")
    need(signed_by(public, head["signature"], head["signed"].encode()), "journal/head.json: its signature does not hold.")
    said = one_form(head["signed"].encode(), "journal/head.json")
    need({(name, said[name]) for name in ("size", "root")} <= set(pack["journal"]["head"].items()), "pack.json names another head.")
    need(said["installation"] == pack["installation"]["uid"], "journal/head.json is of another installation.")
    return head["signed"], said["size"], bytes.fromhex(said["root"])


def check_entries(files, size, root, message):
    """Every entry has its place in the tree; each row as it became last, claims as they stood at the message's first entry, and counts."""
    rows, then, withheld, last = {}, {}, 0, 0
    for number, line in enumerate(files["journal/entries.jsonl"].splitlines(), start=1):
        entry = one_form(line, f"journal/entries.jsonl, line {number}")
        where = f"journal/entries.jsonl, entry {entry['id']}"
        need(entry["id"] > last, f"{where} stands in the wrong place.")
        last = entry["id"]
        leaf = bytes.fromhex(entry["leaf"]) if "withheld" in entry else leaf_of(entry)
        path = [bytes.fromhex(one) for one in entry["path"]]
        need(root_from(size, entry["index"], leaf, path) == root, f"{where} is not in the tree that was signed.")
        withheld += "withheld" in entry
        if entry.get("op") in ("I", "U", "D"):
            row = rows.setdefault(f"{entry['subject']}/{entry['key']}", {})
            row.update(parsed(entry["new"], where) if entry["new"] else {})
            if (f"{entry['subject']}/{entry['key']}", entry["op"]) == (message, "I"):
                then = {name: claim["state"] for name, claim in rows.items() if name.startswith("approval_claim/")}
    return rows, then, last and number, withheld


def same(fact, column):
    """A fact of the pack beside the column of its row; instants by what they mean, and nothing is as good as an empty text."""
    if fact == column or (fact == "" and column is None):
        return True
    try:  # older Pythons want six digits behind the point
        return len({datetime.fromisoformat(re.sub(r"\.\d+", lambda part: part[0].ljust(7, "0"), at)) for at in (fact, column)}) == 1
    except (ValueError, TypeError):
        return False


def facts_in(value):
    """Every fact that names its row, however deep it stands."""
    if isinstance(value, dict):
        yield from (value,) if "of" in value else ()
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from facts_in(one)


def check_facts(pack, rows, files):
    """Whatever the pack says of a row is what the journal says it became last; how many facts."""
    found = list(facts_in(pack))
    for fact in found:
        need(fact["of"] in rows, f"{fact['of']}: the journal in this pack has no such row.")
        for name, value in fact.items():
            if name in rows[fact["of"]] and not isinstance(value, (dict, list)):
                need(same(value, rows[fact["of"]][name]), f"{fact['of']}: {name} is not what the journal says.")
    told = pack["message"]
    need(rows[told["of"]]["exact"][2:] == files["signed/" + told["digest"]].hex(), f"{told['of']}: the journal holds other bytes.")
    under = {(row.get("approvedmessage_id"), row.get("signature_id")) for row in rows.values()}
    for one in pack["signatures"]:
        pair = (int(told["of"].partition("/")[2]), int(one["of"].partition("/")[2]))
        need(not one["under"] or pair in under, f"{one['of']}: the journal does not put it under the message.")
    return len(found)


def check_claims(pack, files, then):
    """Each claim is the one the signed bytes name, under the bytes its own reviewers signed, and stood then as the journal says."""
    for one in pack["claims"]:
        claim, version, digest, where = one["claim"], one["version"], one["signed"]["digest"], one["claim"]["of"]
        told = (f"C-{claim['number']}", f"approval_claim/{version['claim_id']}", version["digest"], "signed/" + digest)
        need(told == (one["signed"]["claim"], where, digest, one["file"]), f"{where}: the signed bytes name another claim.")
        need(one["file"] in files, f"{where}: the bytes its reviewers signed are missing.")
        for seal in one["seals"]:
            held = (f"approval_claimversion/{seal['version_id']}", f"journal_signature/{seal['signature_id']}", seal["signature"]["digest"])
            need(held == (version["of"], seal["signature"]["of"], digest), f"{seal['of']}: this signature does not cover the claim.")
        need(then.get(where) == one["state_then"], f"{where}: state_then is not what the journal says.")


def check_copy(path, signed, size):
    """A copy of the heads got from elsewhere knows this head; says so, or that the copy ends before it."""
    told = [json.loads(line)["signed"] for line in path.read_text(encoding="utf-8").splitlines()]
    if signed in told:
        return f"{path.name} holds the same head."
    need(all(json.loads(one)["size"] < size for one in told), f"{path.name} does not hold the head of {size} entries: another journal.")
    return f"{path.name} ends before this head: compare a newer copy."


def verify(files, key="", heads=None):
    """Check everything in order; the lines to tell. Raises Differs with the first thing that does not agree."""
    public = check_manifest(files)
    need(not key or key.lower() == public, f"{SIGNATURE}: signed with the key {public}, which is not the one given.")
    pack = parsed(files["pack.json"], "pack.json")
    check_signed(files, pack)
    signed, size, root = check_head(files, pack, public)
    rows, then, entries, withheld = check_entries(files, size, root, pack["message"]["of"])
    check_claims(pack, files, then)
    counts = f"{entries} entries ({withheld} as hashes only), {check_facts(pack, rows, files)} facts"
    lines = [f"{len(files)} files, {counts}, head of {size} entries: all agree."]
    lines += [check_copy(heads, signed, size)] if heads else []
    lines += [] if key else [f"Signed with the key {public}: compare it with the one the company gave you."]
    return [*lines, f"SHA-256 of {MANIFEST}: {digest_of(files[MANIFEST])}"]


def main():
    """Read what was typed, check, and say what was found; the exit code."""
    parser = argparse.ArgumentParser(description="Check an inspection pack without Candour.")
    parser.add_argument("pack", type=Path, help="the archive, or the folder it was unpacked to")
    parser.add_argument("--key", default="", help="the installation's public key, 64 hex digits")
    parser.add_argument("--heads", type=Path, help="a copy of the journal's heads, kept elsewhere")
    asked = parser.parse_args()
    try:
        print("\n".join(verify(members_of(asked.pack), asked.key, asked.heads)))
        return 0
    except Differs as found:
        print(f"Does not agree: {found}")
        return 1
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, IndexError) as fault:
        print(f"Can't be read: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
