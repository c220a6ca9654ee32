"""The inspection pack on paper, in the reader's language: the same facts as in the data, section by section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from candour.flows.inspection_facts import by_person

Row = Sequence[str]


def paper(told: dict[str, Any], digest: str) -> dict[str, Any]:
    """What the template shows; `digest` is the SHA-256 of the data it was made from."""
    message, taken = told["message"], told["taken"]
    head = told["journal"]["head"]
    return {
        "title": _("Inspection pack: %(title)s") % {"title": message["title"]},
        "subtitle": " · ".join(filter(None, (told["installation"]["company"], message["market"].upper(), message["product_name"]))),
        "lang": (get_language() or "en")[:2],
        "rtl": get_language_bidi(),
        "facts": [
            [_("Message"), f"{message['key']}, {_('number %(number)s') % {'number': message['number']}}"],
            [_("SHA-256 of what was signed"), _grouped(message["digest"])],
            [_("In force"), f"{_utc(message['valid_from'])} – {_utc(message['valid_until'])}"],
            [_("Withdrawn"), f"{_utc(message['withdrawn_at'])} {message['withdrawn_why']}".strip() or _("no")],
            [_("Taken"), " · ".join(filter(None, (_utc(taken["at"]), taken["by"], taken["purpose"])))],
            [_("Journal"), _("%(entries)s entries, proven to the head of %(size)s") % {"entries": told["journal"]["entries"], **head}],
            *([[_("Demo"), _("This company is invented.")]] if told["installation"]["demo"] else []),
        ],
        "sections": [*_words(told), *_checked(told), *_signed(told), *_out(told), *_people(told)],
        "foot": _("SHA-256 of the data: %(digest)s") % {"digest": digest},
    }


def _utc(words: str) -> str:
    """An instant of the data as it is read: to the second, in UTC; anything else as it is."""
    return f"{words[:10]} {words[11:19]} UTC" if words[10:11] == "T" else words


def _grouped(digest: str) -> str:
    return " ".join(digest[at : at + 16] for at in range(0, len(digest), 16))


def _section(title: str, columns: Iterable[tuple[str, int]], rows: Iterable[Row], empty: str) -> dict[str, Any]:
    named = list(columns)
    return {
        "title": title,
        "columns": [name for name, _width in named],
        "widths": [width for _name, width in named],
        "rows": [[str(cell) if str(cell) else "–" for cell in row] for row in rows],
        "empty": empty,
    }


def _words(told: dict[str, Any]) -> Iterable[dict[str, Any]]:
    message, change = told["message"], told["difference"]
    yield _section(_("The words that were signed"), [(_("Text"), 1)], [[message["text"]]], "")
    columns = [(_("What"), 2), (_("Since"), 2), (_("Said"), 8)]
    yield _section(_("What the label let be said"), columns, map(_label_row, told["label"]), _("It names no product."))
    columns = [(_("Claim"), 2), (_("Words and footnote"), 5), (_("Where it is written"), 4), (_("Standing"), 3), (_("Signed by"), 4)]
    yield _section(_("Claims it makes"), columns, map(_claim_row, told["claims"]), _("No approved claim stands in it."))
    rows: list[Row] = []
    if change:
        since = f"{change['since']['key']}, {_('number %(number)s') % {'number': change['since']['number']}}"
        rows.append([_("Last approved"), since, _grouped(change["since"]["digest"])])
        rows += [[_("Word"), _("gone") if kind == "removed" else _("new"), text] for kind, text in change["words"] if kind != "same"]
        rows += [[one["part"], str(one["before"] or ""), str(one["after"] or "")] for one in change["parts"] if one["part"] != "check"]
    columns = [(_("What"), 2), (_("Before"), 5), (_("Now"), 5)]
    yield _section(_("What changed since the last approval"), columns, rows, _("It is the first approval of this text."))


def _claim_row(one: dict[str, Any]) -> Row:
    said, now = one["signed"], one["claim"]
    lacks = [] if said["footnote_there"] else [_("without its footnote")]
    written = [f"{row['document']} ({row['dated']}), {row['kind']} {row['anchor']}" for row in said["references"]]
    standing = [
        _("at signing: %(state)s") % {"state": one["state_then"]},
        _("now: %(state)s") % {"state": now["state"]},
        now["withdrawn_why"],
    ]
    by = [f"{row['signature']['signer_name']} ({row['role']}), {_utc(row['signature']['at'])}" for row in one["seals"]]
    words = [said["wording"], said["footnote"], *lacks]
    return [f"{said['claim']} {now['title']}", *("\n".join(filter(None, cell)) for cell in (words, written, standing, by))]


def _label_row(one: dict[str, Any]) -> Row:
    said = [one.get(name, "") for name in ("status", "indication", "limits", "serious_risks", "risk_page")]
    return [_("Status") if one["what"] == "status" else _("Label"), one["valid_from"], "\n".join(filter(None, said))]


def _checked(told: dict[str, Any]) -> Iterable[dict[str, Any]]:
    columns = [(_("Rule"), 3), (_("Market"), 1), (_("Weight"), 1), (_("Words"), 4), (_("Law"), 4), (_("Answer"), 4)]
    for run in told["checks"]:
        answers = {one["rule"]: one for one in run["answers"]}
        releases = ", ".join(run["releases"].values())
        words = {"verdict": run["verdict"], "at": _utc(run["at"]), "releases": releases}
        title = _("Check: %(verdict)s, %(at)s, by %(releases)s") % words
        yield _section(title, columns, [_finding_row(row, answers) for row in run["findings"]], _("No rule objected."))
    columns = [(_("Role"), 2), (_("Kind"), 1), (_("Words"), 3), (_("Note"), 4), (_("Answer"), 4), (_("Standing"), 2)]
    notes = [
        [one["role"], one["kind"], one["quote"], f"{one['words']} ({one['by_name']})", one["answer"], one["state"]] for one in told["notes"]
    ]
    yield _section(_("Notes of the reviewers"), columns, notes, _("None."))


def _finding_row(row: dict[str, Any], answers: dict[str, dict[str, Any]]) -> Row:
    given = answers.get(row["rule"])
    answer = f"{given['answer']}: {given['reason']} ({given['by_name']})" if given else ""
    law = row.get("citation") or row.get("citation_url") or ""
    law = law if isinstance(law, str) else str(law.get("law", "") if isinstance(law, dict) else law)
    return [row["rule"], str(row.get("market", "")).upper(), str(row.get("severity", "")), " … ".join(row["words"]), law, answer]


def _signed(told: dict[str, Any]) -> Iterable[dict[str, Any]]:
    columns = [(_("Who"), 3), (_("Meaning"), 3), (_("When"), 4), (_("How"), 1), (_("Covers"), 4)]
    yield _section(_("Signatures"), columns, map(_signature_row, told["signatures"]), _("None."))
    columns = [(_("Gate"), 2), (_("Market"), 1), (_("Number or rule"), 3), (_("Day"), 2), (_("Note"), 4)]
    yield _section(_("On file with authorities"), columns, map(_file_row, told["on_file"]), _("Nothing is on file or owed."))


def _signature_row(one: dict[str, Any]) -> Row:
    who = ", ".join(filter(None, (one["signer_name"], one["signer_title"])))
    who += "\n" + _("as deputy for %(name)s") % {"name": one["for_name"]} if one["for_name"] else ""
    covers = _("these very bytes") if one["under"] else _grouped(one["digest"])
    return [who, one["meaning"], f"{_utc(one['at'])}\n{one['at_there']}", one["method"], covers]


def _file_row(one: dict[str, Any]) -> Row:
    owed = "opened_at" in one
    day = _utc(one["opened_at"]) if owed else " – ".join(filter(None, (one["given_on"], one["valid_until"])))
    return [one["gate"], one["market"].upper(), one["rule"] if owed else one["number"], day, one["law"] if owed else one["note"]]


def _out(told: dict[str, Any]) -> Iterable[dict[str, Any]]:
    columns = [(_("Where"), 3), (_("Standing"), 2), (_("When"), 4), (_("Attempts"), 1), (_("Read back"), 4), (_("Address"), 4)]
    yield _section(_("Publication"), columns, map(_out_row, told["publications"]), _("It was never published."))
    columns = [(_("Network"), 2), (_("Who sees it"), 5), (_("Days"), 3), (_("Why it is lawful"), 5), (_("Entered by"), 3)]
    yield _section(_("Shown for money"), columns, map(_ad_row, told["ads"]), _("It was never advertised."))
    said = told["comments"]
    found = ", ".join(f"{duty}: {count}" for duty, count in said["found"].items())
    row = [
        str(said["heard"]),
        str(said["screened"]),
        str(said["waiting_for_a_person"]),
        found,
        ", ".join(said["cases"]),
        ", ".join(said["releases"]),
    ]
    columns = [(_("Heard"), 1), (_("Screened"), 1), (_("For a person"), 1), (_("Found"), 4), (_("Cases"), 4), (_("By"), 4)]
    yield _section(_("Comments under it"), columns, [row], "")


def _out_row(one: dict[str, Any]) -> Row:
    looks = one.get("read_backs", ())
    same = sum(look["equal"] for look in looks)
    seen = [_("%(same)s of %(all)s looks equal") % {"same": same, "all": len(looks)}] if looks else []
    seen += [
        _("drift %(at)s: %(reason)s") % {"at": _utc(row["opened_at"]), "reason": row["reason"] or _("open")}
        for row in one.get("drifts", ())
    ]
    when = one.get("sent_there") or _utc(one["sent_at"] or one.get("due_at", ""))
    where = f"{one['account_handle']} ({one['network']}, {one['account_market'].upper()})"
    address = one.get("url") or one.get("case", "")
    return [where, "\n".join(filter(None, (one["state"], one.get("problem", "")))), when, str(one["attempts"]), "\n".join(seen), address]


def _ad_row(one: dict[str, Any]) -> Row:
    audience = f"{one['country'].upper()}, {one['audience']}, {one['age_floor']}+: {one['described']}"
    days = f"{one['starts_on']} – {one['ends_on']}" + (f"\n{_utc(one['ended_at'])}: {one['ended_why']}" if one["ended_at"] else "")
    return [one["network"], "\n".join(filter(None, (audience, one["gate"]))), days, one["reason"], one["by_name"]]


def _people(told: dict[str, Any]) -> Iterable[dict[str, Any]]:
    columns = [(_("Who"), 3), (_("Did"), 4), (_("First"), 4), (_("Functions then"), 4), (_("Certificate then"), 4)]
    rows = [_act_row(one) for _name, acts in by_person(told["people"]) for one in acts]
    yield _section(_("Everybody involved, and their training at that time"), columns, rows, _("Nobody."))


def _act_row(one: dict[str, Any]) -> Row:
    held = (
        f"{one['course']} {one['course_version']}, {one['issued_at'][:10]} – {one['expires_at'][:10]}" if one.get("course") else _("none")
    )
    who = _("%(name)s (machine)") % {"name": one["name"]} if one["machine"] else ", ".join(filter(None, (one["name"], one["title"])))
    return [who, one["act"], _utc(one["first_at"]), ", ".join(one["functions"]), _("not asked of machines") if one["machine"] else held]
