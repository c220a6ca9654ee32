"""What a pack file may say. Every file is parsed by these models and refused loudly when it says anything else.

A market file holds facts of one market (calendar, clocks, params), the rules it adds, and what it changes of the pack it
extends. A company overlay is the same without the facts. Law: the regulation reference behind each rule's citation.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from candour.core.public_holidays import is_known_place
from candour.core.terms import Audience, DutyKind, ProductStatus, Severity
from candour.packs.piece_words import in_our_words

RULE_ID = r"^[A-Z]{2,5}-\d{2}[A-Z]?-[A-Z0-9]+(-[A-Z0-9]+)*$"
SIGNAL_NAME = r"^[a-z][a-z0-9_]*$"

RuleId = Annotated[str, StringConstraints(pattern=RULE_ID)]
SignalName = Annotated[str, StringConstraints(pattern=SIGNAL_NAME)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
PackId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,10}$")]
Param = bool | int | float | str
Reach = Literal["rx", "otc", "inv", "dev", "none", "aware", "corp", "care", "engage", "infl", "all"]

#: Texts of a piece a signal can read. `adopted_text` is the third party's text once a like, a repost or a pin makes it ours.
TextField = Literal["post_text", "image_text", "link_text", "adopted_text", "third_party_text"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PieceRow(Strict):
    """One piece to check, as it comes in. Meaning of the fields: contract of `candour check`."""

    id: str = Field(default="", coerce_numbers_to_str=True)
    market: str = ""
    product: str = ""
    product_status: ProductStatus = ProductStatus.NONE
    indication: str = ""
    risk_text: str = ""
    flags: tuple[str, ...] = ()
    channel: str = ""
    audience: Audience = Audience.PUBLIC
    gate: Literal["none", "self", "verified"] = "none"
    act: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")] = "post"
    author_role: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")] = "company"
    author_country: str = ""
    author_followers: int = Field(default=0, ge=0)
    paid: bool = False
    disclosure: str = ""
    post_text: str = ""
    third_party_text: str = ""
    image_text: str = ""
    link_text: str = ""
    kind: str = ""

    @model_validator(mode="before")
    @classmethod
    def _absent_is_default(cls, row: Any) -> Any:
        return in_our_words({name: value for name, value in row.items() if value is not None}) if isinstance(row, dict) else row


PIECE_FIELDS = tuple(PieceRow.model_fields)


class CitationWords(Strict):
    """Where the rule stands. `read_on`: when the source was last read."""

    law: Line
    about: Line
    read_on: dt.date | None = None
    url: str = ""


class RuleWords(Strict):
    """What a person reads of a rule, in one language."""

    asks: Line
    suggestion: Line


class Softening(Strict):
    """The rule still fires, but weighs less, while `when` holds (for example: the outdated wording is there)."""

    when: Line
    severity: Severity
    suggestion: Line


class ExemptionWords(Strict):
    """A reason why a rule does not count, written once per pack and named by the rules that know it."""

    when: Line
    why: Line
    citation: Line


RuleKind = Literal["machine", "gate", "question"]


class RuleFile(Strict):
    """One rule. `hits` must fire and count; `misses` must not (they may fire exempted).

    `kind`: a machine rule is judged by the signals alone; a question is put to a reviewer while `when` holds; a gate asks for
    the entry `gate` (for example an authority's number) before publication and weighs nothing in the check of the text.
    """

    id: RuleId
    kind: RuleKind = "machine"
    gate: Literal["", "form2253", "authority_number", "campaign_approval", "certificate", "register_number", "contract", "consent"] = ""
    asks: Line
    severity: Severity
    applies: Annotated[tuple[Reach, ...], Field(min_length=1)]
    audience: Audience = Audience.BOTH
    when: Line
    exempt_when: tuple[SignalName, ...] = ()
    soften: tuple[Softening, ...] = ()
    spans_from: tuple[SignalName, ...] = ()
    suggestion: Line
    citation: CitationWords
    implements: tuple[RuleId, ...] = ()
    needs_local_review: bool = False
    params: dict[SignalName, Param] = {}
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    translations: dict[Language, RuleWords] = {}
    hits: Annotated[tuple[PieceRow, ...], Field(min_length=2)]
    misses: Annotated[tuple[PieceRow, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _gate_is_named(self) -> RuleFile:
        if (self.kind == "gate") is not bool(self.gate):
            raise ValueError(f"{self.id}: kind 'gate' and the entry it asks for go together: write both or neither.")
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> RuleFile:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(f"{self.id} ends before it begins: correct valid_from or valid_to.")
        return self


class HeldRule(Strict):
    """A rule no text can show kept or broken: `held_by` says which part of Candour keeps it, or who must."""

    id: RuleId
    asks: Line
    severity: Severity
    held_by: Line
    citation: CitationWords
    needs_local_review: bool = False
    translations: dict[Language, RuleWords] = {}


class Change(Strict):
    """A change to an inherited rule, with the reason: other params, another severity, another suggestion.

    `suggestion` takes the place of the rule's own in every language, but for those in which `suggestions` says it.
    """

    rule: RuleId
    reason: Line
    params: dict[SignalName, Param] = {}
    severity: Severity | None = None
    suggestion: Line | None = None
    suggestions: dict[Language, Line] = {}

    @model_validator(mode="after")
    def _changes_something(self) -> Change:
        if not (self.params or self.severity or self.suggestion or self.suggestions):
            raise ValueError(f"{self.rule} is to be changed, but nothing says how: add params, severity or suggestion, or take it out.")
        return self


class Retirement(Strict):
    rule: RuleId
    reason: Line


def _hours(block: str) -> str:
    if not re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)", block) or block[:5] >= block[6:]:
        raise ValueError(f"'{block}' is not a block of hours: write for example 09:00-18:00.")
    return block


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@cache
def _zones() -> frozenset[str]:
    """Every zone this machine knows; listing them reads hundreds of files, so it is done once."""
    return frozenset(available_timezones())


class Calendar(Strict):
    """Working time of a market: local hours on its business days, less public holidays and the days named `closed`.

    `country` and `subdivision` name the public holidays (ISO 3166), `source` the law or custom behind them.
    """

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivision: str = ""
    timezone: str
    business_days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    business_hours: Annotated[tuple[Annotated[str, AfterValidator(_hours)], ...], Field(min_length=1)]
    closed: tuple[dt.date, ...] = ()
    source: str = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in _zones():
            raise ValueError(f"'{zone}' is not a time zone: write for example Europe/Berlin.")
        return zone

    @model_validator(mode="after")
    def _known_place(self) -> Calendar:
        if not is_known_place(self.country, self.subdivision):
            place = f"{self.country}-{self.subdivision}" if self.subdivision else self.country
            raise ValueError(f"The public holidays of '{place}' are not known: correct country or subdivision.")
        return self


class CalendarFile(Strict):
    """The office hours of a market for which nobody has written rules yet. A market pack's own calendar goes before it."""

    id: PackId
    title: Line
    aliases: tuple[str, ...] = ()
    calendar: Calendar


class Clocks(Strict):
    """Two clocks of a case: minutes of business time to the first reply; hours from day 0 to the hand-over to drug safety."""

    service_first_reply_minutes: int = Field(default=60, gt=0)
    safety_handover_hours: int = Field(default=24, gt=0)


class Route(Strict):
    """Where people of this market report a side effect themselves, and whom they call in an emergency."""

    reporting: str = ""
    reporting_url: str = ""
    emergency: str = ""


class OverlayFile(Strict):
    """A company's own changes to one market pack, kept by rule id so that they survive upgrades. A `calendar` replaces the pack's whole."""

    market: PackId
    title: Line
    calendar: Calendar | None = None
    params: dict[SignalName, Param] = {}
    exemption: dict[SignalName, ExemptionWords] = {}
    rule: tuple[RuleFile, ...] = ()
    change: tuple[Change, ...] = ()
    retire: tuple[Retirement, ...] = ()


class MarketFile(Strict):
    """One market, or a base (`base = true`) that markets extend and nobody checks against by itself.

    A `topic` is no place: it judges beside the markets where its subject is concerned (companies listed on an exchange).
    """

    id: PackId
    title: Line
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{2}(\.\d+)?$")]
    extends: PackId | None = None
    base: bool = False
    topic: bool = False
    languages: tuple[Language, ...] = ()
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    aliases: tuple[str, ...] = ()
    reviewed_by: str = ""
    reviewed_on: dt.date | None = None
    calendar: Calendar | None = None
    clocks: Clocks | None = None
    route: Route = Route()
    params: dict[SignalName, Param] = {}
    exemption: dict[SignalName, ExemptionWords] = {}
    rule: tuple[RuleFile, ...] = ()
    held: tuple[HeldRule, ...] = ()
    change: tuple[Change, ...] = ()
    retire: tuple[Retirement, ...] = ()


class PartFile(Strict):
    """More rules of a market, in a file of their own (`markets/us/claims.toml`), read right after the market's main file."""

    part_of: PackId
    exemption: dict[SignalName, ExemptionWords] = {}
    rule: tuple[RuleFile, ...] = ()
    held: tuple[HeldRule, ...] = ()


SignalGroup = Literal[
    "product", "use", "claim", "risk", "disclosure", "status", "flag", "audience", "act", "author", "style", "text", "reply", "corp"
]


class SignalFile(Strict):
    """One declared signal. `kind` says who computes it: phrases of the wordings, code, other signals, a number or a required text.

    A `remedy` is what an author can add: a rule that looked for it in vain says so.
    """

    meaning: Line
    kind: Literal["words", "code", "derived", "number", "text"]
    group: SignalGroup
    reads: tuple[TextField, ...] = ("post_text", "image_text", "link_text", "adopted_text")
    negatable: bool = False
    remedy: bool = False
    when: str = ""
    number: Literal["", "author_followers", "disclosure_offset", "text_length"] = ""
    at_least: SignalName | None = None
    below: SignalName | None = None
    default: Param | None = None
    param: SignalName | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> SignalFile:
        needed = {"derived": bool(self.when), "number": bool(self.number and (self.at_least or self.below)), "text": bool(self.param)}
        if not needed.get(self.kind, True):
            raise ValueError(f"A signal of kind '{self.kind}' must say how it is found: add when, number with at_least or below, or param.")
        return self


Phrase = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^[^\\\[\]{}^+?]+$")]


class WordingFile(Strict):
    """Phrases of one language behind the `words` signals, and its disease names by concept; a language may have many such files.

    A phrase is plain words; `*` ends a word freely, `..` leaves room for up to three words, `<n>` is a number and
    `(a|b)` a choice. There are no patterns, so every search runs in linear time. `spaceless` marks a language that writes no blanks
    between words (Japanese, Chinese): its phrases need no border. `accents = "optional"` finds a phrase also where people leave its
    accents out (French in haste: `tres bien tolere`), so that it is written once.
    """

    language: Language
    spaceless: bool = False
    accents: Literal["written", "optional"] = "written"
    function_words: tuple[str, ...] = ()
    negators: tuple[str, ...] = ()
    label_noise: tuple[str, ...] = ()
    signals: dict[SignalName, tuple[Phrase, ...]] = {}
    unless: dict[SignalName, tuple[Phrase, ...]] = {}
    diseases: dict[SignalName, tuple[Phrase, ...]] = {}


PLACEHOLDERS = frozenset(
    {"first_name", "reporting_route", "phone", "signer", "company", "private_contact", "emergency", "product", "leaflet"}
)


class StarterFile(Strict):
    """One reply starter: unapproved until a reviewer of this company signs it. Text only from fixed words and typed placeholders."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z0-9-]+$")]
    title: Line
    duties: Annotated[tuple[DutyKind, ...], Field(min_length=1)]
    markets: Annotated[tuple[PackId, ...], Field(min_length=1)]
    where: Literal["public", "private", "both"] = "public"
    text: Line

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> StarterFile:
        unknown = set(re.findall(r"\{([^{}]*)\}", self.text)) - PLACEHOLDERS
        if unknown:
            raise ValueError(
                f"{self.id} uses the unknown placeholder {sorted(unknown)[0]}: choose one of {', '.join(sorted(PLACEHOLDERS))}."
            )
        return self


class RepliesFile(Strict):
    language: Language
    version: str
    reply: Annotated[tuple[StarterFile, ...], Field(min_length=1)]
