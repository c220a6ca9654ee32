"""Rules as a workbook for lawyers: out with every rule of a market, in as a proposal that changes nothing by itself.

Only severity, suggestion, params, our change and our reason are read back. What they say becomes one overlay file of its own
(`MARKET-sheet.toml`), laid over everything else the company has; rules left out of the workbook keep what the file said before.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from candour.core.placeholders import gettext_noop as _
from candour.core.terms import Severity
from candour.core.workbook import Table, WorkbookError, read, tidy, written
from candour.packs.aloud import condition, settings_read
from candour.packs.loader import OVERLAYS, PackError, apply_overlay, bundle_of, files_of, load_bundle, overlays_in
from candour.packs.market import MarketPack, Rule
from candour.packs.ours import sheet_name
from candour.packs.schema import Change, Param

COLUMNS = {
    "id": 24, "question": 44, "severity": 9, "when": 60, "citation": 40, "suggestion": 44, "params": 30, "our change": 12, "our reason": 36,
}  # fmt: skip
EDITABLE = frozenset({"severity", "suggestion", "params", "our change", "our reason"})
READ_ONLY = ("question", "when", "citation")
RULES, ABOUT = "rules", "about"
CHANGE, RETIRE, SHIPPED = "change", "retire", "shipped"
_MOST_REASON = 400
_WEIGHS = {Severity.BLOCK: 3, Severity.HIGH: 2, Severity.MEDIUM: 1, Severity.ADVICE: 0}

STALE = _("The rules have changed since this workbook was written: read the differences with care, or begin with a new one.")
NOT_READ = _("Words in question, when or citation were edited for %(rules)s; those columns are not read.")
REPLACES = _("The file of the earlier workbook can't be used, and what you keep now takes its place. %(fault)s")
LEFT_OUT = _("%(count)s rules are not in the workbook; they stay as they are.")


@dataclass(frozen=True, slots=True)
class Said:
    """What the workbook says of one rule: `act` is change or retire; `params` only those that differ."""

    act: str
    reason: str
    severity: Severity | None = None
    suggestion: str | None = None
    params: tuple[tuple[str, Param], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that a proposal would judge otherwise than the company's rules as they lie in the folder now.

    `act`: change, retire, or shipped where an own change is taken back. `fields`: name, before, after. `weaker`: it would weigh less.
    """

    rule: str
    act: str
    reason: str
    fields: tuple[tuple[str, str, str], ...]
    weaker: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that can't be read: its number in the sheet, and one sentence why, as a template with its values."""

    row: int
    template: str
    values: Mapping[str, str]

    def __str__(self) -> str:
        return self.template % self.values


@dataclass(frozen=True)
class Proposal:
    """What an imported workbook asks for. `overlay` are the bytes of the file it would write, b"" to take the file away.

    Nothing may be written while a row is refused: a proposal is whole or it is none. `notes` are templates with their values; `replaces`
    says that the file there can't be used, so that keeping even an empty proposal changes something.
    """

    market: str
    differences: tuple[Difference, ...]
    refused: tuple[Refused, ...]
    notes: tuple[tuple[str, Mapping[str, str]], ...]
    overlay: bytes
    replaces: bool = False

    @property
    def worth_keeping(self) -> bool:
        """Whether there is something to keep and nothing that forbids it."""
        return not self.refused and (bool(self.differences) or self.replaces)


def without_sheet(pack: MarketPack) -> MarketPack:
    """The company's pack as it is without what an earlier workbook said: the ground the columns of a new one are compared with."""
    texts = files_of(pack.bundle)
    kept = {name: text for name, text in texts.items() if name != f"{OVERLAYS}{sheet_name(pack.id)}.toml"}
    return load_bundle(bundle_of(kept)) if kept != texts else pack


def exported(pack: MarketPack) -> bytes:
    """The workbook of a company's pack: a row for every rule, also for those an earlier workbook retired."""
    ground, said = without_sheet(pack), _said_before(pack)
    rows = [_cells(pack.by_id.get(rule.id, rule), ground, said.get(rule.id)) for rule in ground.rules]
    about = Table({"what": 12, "value": 80}, [("market", pack.id), ("title", pack.title), ("release", ground.digest)])
    choices = {"severity": [str(one) for one in Severity], "our change": [CHANGE, RETIRE, SHIPPED]}
    return written({RULES: Table(COLUMNS, rows, EDITABLE, choices), ABOUT: about})


def _cells(rule: Rule, ground: MarketPack, said: Said | None) -> tuple[str, ...]:
    return (
        rule.id,
        rule.asks(),
        str(rule.severity),
        condition(rule.when, ground),
        f"{rule.citation.law}: {rule.citation.about}",
        rule.suggestion(),
        params_text(settings_read(rule, ground)),
        said.act if said else "",
        said.reason if said else "",
    )


def params_text(params: Mapping[str, Param]) -> str:
    """Settings a line each, as a person may edit them: `famous_followers = 30000`."""
    return "\n".join(f"{name} = {toml_value(value)}" for name, value in sorted(params.items()))


def toml_value(value: Param) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return toml_text(value) if isinstance(value, str) else repr(value)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def toml_text(text: str) -> str:
    """A basic string of TOML 1.0 on one line."""
    return (
        '"' + "".join(_ESCAPES.get(sign) or (f"\\u{ord(sign):04x}" if ord(sign) < 32 or ord(sign) == 127 else sign) for sign in text) + '"'
    )


def market_in(content: bytes) -> str:
    """The market a workbook was exported for. Raises WorkbookError."""
    return _about(read(content)).get("market", "")


def _about(sheets: Mapping[str, list[list[str]]]) -> dict[str, str]:
    if RULES not in sheets or ABOUT not in sheets:
        raise WorkbookError("The workbook lacks the sheets 'rules' and 'about': bring one that Candour exported.")
    return {row[0]: row[1] for row in sheets[ABOUT] if len(row) > 1}


def imported(content: bytes, pack: MarketPack, replaces: str = "") -> Proposal:
    """What a workbook asks for, compared with the company's pack as it is; `replaces` says why the file of an earlier one is not in it.

    Raises WorkbookError for a file that is no export of it.
    """
    sheets = read(content)
    about = _about(sheets)
    if about.get("market") != pack.id:
        raise WorkbookError(f"The workbook is one of the market '{about.get('market', '')}', not of '{pack.id}': bring the other one.")
    ground, before = without_sheet(pack), _said_before(pack)
    reader = _Reader(ground, {rule.id: rule for rule in pack.rules})
    reader.take(sheets[RULES])
    left_out = [rule.id for rule in ground.rules if rule.id not in reader.met]
    said = {name: one for name, one in before.items() if name in left_out} | reader.said
    notes: list[tuple[str, Mapping[str, str]]] = [(REPLACES, {"fault": replaces})] if replaces else []
    notes += list(_notes(about.get("release") == ground.digest, reader.edited, len(left_out)))
    overlay = overlay_text(pack.id, said) if said else b""
    refused = [*reader.refused, *_refused_whole(ground, overlay)]
    return Proposal(pack.id, tuple(_differences(ground, before, said)), tuple(refused), tuple(notes), overlay, bool(replaces))


def _notes(fresh: bool, edited: Sequence[str], left_out: int) -> Iterable[tuple[str, Mapping[str, str]]]:
    if not fresh:
        yield STALE, {}
    if edited:
        yield NOT_READ, {"rules": ", ".join(edited[:8]) + (" …" if len(edited) > 8 else "")}
    if left_out:
        yield LEFT_OUT, {"count": str(left_out)}


def _refused_whole(ground: MarketPack, overlay: bytes) -> list[Refused]:
    """The proposal is loaded before anybody sees it, so that what is kept is sure to load."""
    if not overlay:
        return []
    try:
        apply_overlay(ground, overlay, sheet_name(ground.id))
    except PackError as fault:
        return [Refused(0, _("The rules of the workbook don't fit together: %(fault)s"), {"fault": str(fault)})]
    return []


def _said_before(pack: MarketPack) -> dict[str, Said]:
    overlay = overlays_in(pack).get(sheet_name(pack.id))
    if overlay is None:
        return {}
    said = {one.rule: _said_in(one) for one in overlay.change}
    return said | {one.rule: Said(RETIRE, one.reason) for one in overlay.retire}


def _said_in(change: Change) -> Said:
    return Said(CHANGE, change.reason, change.severity, change.suggestion, tuple(sorted(change.params.items())))


class _Reader:
    """Reads the rows of the sheet one by one; a faulty row is refused with its number and the others are read on."""

    def __init__(self, ground: MarketPack, current: Mapping[str, Rule]) -> None:
        self.ground, self.current = ground, current
        self.said: dict[str, Said] = {}
        self.met: set[str] = set()
        self.edited: list[str] = []
        self.refused: list[Refused] = []

    def take(self, rows: Sequence[Sequence[str]]) -> None:
        header = [cell.casefold() for cell in rows[0]] if rows else []
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise WorkbookError(f"The sheet 'rules' lacks the column '{missing[0]}': bring a workbook that Candour exported.")
        for number, row in enumerate(rows[1:], 2):
            if not any(row):
                continue
            cells = {name: row[header.index(name)] if header.index(name) < len(row) else "" for name in COLUMNS}
            try:
                self._take(cells)
            except _RowError as fault:
                self.refused.append(Refused(number, fault.template, fault.values))

    def _take(self, cells: Mapping[str, str]) -> None:
        rule = self.ground.by_id.get(cells["id"])
        if rule is None:
            raise _RowError(_("There is no rule “%(rule)s” in this market; correct the id or take the row out."), rule=cells["id"][:60])
        if rule.id in self.met:
            raise _RowError(_("%(rule)s stands in the workbook twice; keep one row."), rule=rule.id)
        self.met.add(rule.id)
        shown = dict(zip(COLUMNS, _cells(self.current.get(rule.id, rule), self.ground, None), strict=True))
        if any(cells[name] != tidy(shown[name]) for name in READ_ONLY):
            self.edited.append(rule.id)
        said = self._said(rule, cells)
        if said is not None:
            self.said[rule.id] = said

    def _said(self, rule: Rule, cells: Mapping[str, str]) -> Said | None:
        act = cells["our change"].casefold()
        if act not in ("", CHANGE, RETIRE, SHIPPED):
            raise _RowError(_("%(rule)s: our change is empty, change, retire or shipped, not “%(word)s”."), rule=rule.id, word=act[:40])
        if act == SHIPPED:
            return None
        said = self._changed(rule, cells)
        if act != RETIRE and said is None:
            return None
        reason = cells["our reason"]
        if not 3 <= len(reason) <= _MOST_REASON:
            raise _RowError(_("%(rule)s is changed without a reason; write one of 3 to 400 characters."), rule=rule.id)
        if act == RETIRE:
            return Said(RETIRE, reason)
        return said

    def _changed(self, rule: Rule, cells: Mapping[str, str]) -> Said | None:
        """What differs from the ground, or None; the severity and the settings are read also where the rule is retired."""
        severity = self._severity(rule, cells["severity"])
        suggestion = None if cells["suggestion"] == tidy(rule.suggestion()) else cells["suggestion"]
        if suggestion is not None and len(suggestion) < 3:
            raise _RowError(_("%(rule)s has no suggestion; say what would make a text pass."), rule=rule.id)
        params = self._params(rule, cells["params"])
        if severity is None and suggestion is None and not params:
            return None
        return Said(CHANGE, cells["our reason"], severity, suggestion, params)

    def _severity(self, rule: Rule, word: str) -> Severity | None:
        if word not in tuple(Severity):
            raise _RowError(_("%(rule)s: the severity is B, H, M or L, not “%(word)s”."), rule=rule.id, word=word[:40])
        return None if rule.severity == word else Severity(word)

    def _params(self, rule: Rule, text: str) -> tuple[tuple[str, Param], ...]:
        shown = settings_read(rule, self.ground)
        if text == tidy(params_text(shown)):
            return ()
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            raise _RowError(
                _("%(rule)s: params can't be read (%(fault)s); write one setting a line, as in the export."), rule=rule.id, fault=str(fault)
            ) from fault
        unknown = [name for name in given if name not in shown]
        if unknown:
            raise _RowError(_("%(rule)s reads no setting %(name)s; correct its name."), rule=rule.id, name=unknown[0][:60])
        odd = [name for name, value in given.items() if not isinstance(value, bool | int | float | str)]
        if odd:
            raise _RowError(_("%(rule)s: the setting %(name)s is one number, one text, true or false."), rule=rule.id, name=odd[0])
        return tuple(sorted((name, value) for name, value in given.items() if value != shown[name]))


class _RowError(ValueError):
    def __init__(self, template: str, **values: str) -> None:
        super().__init__(template % values)
        self.template, self.values = template, values


def overlay_text(market: str, said: Mapping[str, Said]) -> bytes:
    """The overlay file of a workbook."""
    lines = [f"market = {toml_text(market)}", 'title = "Changes from a workbook"']
    for name, one in sorted(said.items()):
        lines += ["", f"[[{one.act}]]", f"rule = {toml_text(name)}", f"reason = {toml_text(one.reason)}"]
        lines += [f"severity = {toml_text(one.severity)}"] if one.severity else []
        lines += [f"suggestion = {toml_text(one.suggestion)}"] if one.suggestion else []
        lines += [f"params = {{ {', '.join(f'{key} = {toml_value(value)}' for key, value in one.params)} }}"] if one.params else []
    return ("\n".join(lines) + "\n").encode()


def _differences(ground: MarketPack, before: Mapping[str, Said], said: Mapping[str, Said]) -> Iterable[Difference]:
    for name in sorted({*before, *said}):
        if name in ground.by_id and before.get(name) != said.get(name):
            yield _difference(ground.by_id[name], ground, before.get(name), said.get(name))


def _difference(rule: Rule, ground: MarketPack, was: Said | None, will: Said | None) -> Difference:
    old, new = _read_as(rule, ground, was), _read_as(rule, ground, will)
    fields = tuple((name, old[name], new[name]) for name in old if old[name] != new[name])
    heavy, light = _weight(rule, was), _weight(rule, will)
    return Difference(rule.id, will.act if will else SHIPPED, will.reason if will else "", fields, light < heavy)


def _weight(rule: Rule, said: Said | None) -> int:
    if said is None:
        return _WEIGHS[rule.severity]
    return -1 if said.act == RETIRE else _WEIGHS[said.severity or rule.severity]


def _read_as(rule: Rule, ground: MarketPack, said: Said | None) -> dict[str, str]:
    """The fields of a rule with what was said of it, as a person compares them."""
    one = said or Said(SHIPPED, "")
    return {
        "judged": "no" if one.act == RETIRE else "yes",
        "severity": str(one.severity or rule.severity),
        "suggestion": one.suggestion or rule.suggestion(),
        "params": params_text({**settings_read(rule, ground), **dict(one.params)}),
    }
