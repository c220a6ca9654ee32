"""What screening says, in the reader's words: what speaks for a finding or holds one back, how a language was told, parts of a release."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from candour.packs.language_schema import language_folders
from candour.screening.held_back import Because
from candour.web.message_words import language_name

HELD: dict[str, str | Promise] = {
    "negated": _("denied"),
    "hypothetical": _("only supposed"),
    "asked": _("asked, not told"),
    "indicated": _("what the medicine is taken for"),
    "feared": _("feared, not told"),
    "relief": _("told as better or gone"),
    "older": _("older than the use of the medicine"),
    "general": _("told of people in general, in news, a study or a leaflet"),
    "impersonal": _("nobody in particular had it"),
    "not_caused": _("said not to come from the medicine"),
    "welcome": _("told as welcome"),
    "stopped": _("after stopping the medicine"),
    "not_yet": _("the medicine is not taken yet"),
    "no_medicine": _("no medicine stands beside it"),
    "bystander": _("of another person, with no medicine beside it"),
    "disease": _("the disease itself"),
    "mood": _("an ordinary feeling that nothing ties to the medicine"),
    "warned": _("warned of on a label or leaflet"),
    "unchanged": _("as it was before the medicine"),
    "fiction": _("told of a film, a book, a game or a dream"),
    "advert": _("told by an advert, an authority or the press"),
    "remedied": _("a complaint for which the medicine was then taken"),
    "purpose": _("what a medicine named here is taken for"),
    "unlinked": _("nothing ties it to the medicine"),
    "vague": _("a vague word"),
    "unnamed": _("no symptom named"),
    "none": _("heard by the model alone"),
    "model": _("the model hears no reaction in the post"),
    "cap": _("no medicine is spoken of: it ends below the queue"),
    "mask": _("part of a turn of speech"),
    "set_aside": _("taken back by a turn of speech"),
    "no_question": _("counts only inside a question"),
    "needs_medicine": _("no medicine is spoken of"),
    "needs_person": _("no person is spoken of"),
    "weak": _("too weak alone"),
}
SPEAKS: dict[str, str | Promise] = {
    "specific": _("a definite symptom"),
    "product": _("a product is named"),
    "medicine": _("a medicine is spoken of"),
    "use": _("use of a medicine is told"),
    "cause": _("put down to the medicine"),
    "self": _("said of oneself"),
    "other": _("said of another person"),
    "experience": _("told as an experience"),
    "strong_experience": _("told as suffered"),
    "several": _("several symptoms in one sentence"),
    "many": _("many symptoms in one sentence"),
    "list": _("told as a list"),
    "model": _("the model hears a reaction in the post"),
}
TOLD_BY: dict[str, str | Promise] = {
    "script": _("by its script"),
    "small_words": _("by small words"),
    "model": _("by how its words are spelled"),
    "pack_words": _("by words that its pack knows"),
    "declared": _("as declared"),
    "": _("nothing told it: a person reads the post"),
}
CRITERION: dict[str, str | Promise] = {
    "patient": pgettext_lazy("minimum criterion", "Patient"),
    "reporter": pgettext_lazy("minimum criterion", "Reporter"),
    "product": pgettext_lazy("minimum criterion", "Product"),
    "event": pgettext_lazy("minimum criterion", "Event"),
}
LOOKED_FOR: dict[str, str | Promise] = {
    "patient": _("Not found. Looked for a person who used it, an age or a sex"),
    "reporter": _("Not found. Looked for a name, handle or contact; a post that is heard has its author"),
    "product": _("Not found. Looked for the names in the product dictionary"),
    "event": _("Not found. Looked for a symptom or reaction told of somebody"),
}
PART: dict[str, str | Promise] = {
    "judgement": _("how signs are judged"),
    "shared": _("words that all languages share"),
    "model": _("the model"),
    "products": _("product names"),
    "hearing": _("the model of languages"),
}


def because_words(because: Because) -> str:
    """One reason in the reader's language."""
    speaks = because.odds is not None and because.odds > 0
    words = (SPEAKS if speaks else HELD).get(because.code) or HELD.get(because.code) or SPEAKS[because.code]
    return str(words)


def language_words(code: str) -> str:
    """A language in the reader's words; "und" is what nobody could tell."""
    return gettext("Language not told") if code in ("", "und") else language_name(code.lower())


def part_words(name: str) -> str:
    """A part of a release: one that all languages share, or a language pack."""
    return str(PART[name]) if name in PART else gettext("language pack %(language)s") % {"language": language_words(name)}


def pack_codes() -> list[str]:
    """Codes of the languages with a pack."""
    return [folder.name for folder in language_folders()]
