"""Invented words for the load: most owe nothing, some tell of a reaction, a complaint or a question."""

from __future__ import annotations

import random

#: Carried by every post on the network, so that the source listens to it.
WATCHED = "soakwort"

_QUIET = ("Der Herbst am See ist schön", "Heute gibt es Suppe mit Brot", "Der Zug nach Köln war pünktlich", "Das Konzert beginnt um acht")
_TELLING = (
    "Seit ich Zovellark nehme, habe ich Ausschlag am Arm",
    "Von Zovellark wurde mir schwindelig und übel",
    "Die Packung Zovellark war leer und der Blister zerrissen",
    "Wie oft am Tag darf ich Zovellark nehmen?",
)


def words(mark: str, chance: random.Random, telling: float = 0.1) -> str:
    """One post that no other resembles; `telling` of them owe something."""
    base = chance.choice(_TELLING if chance.random() < telling else _QUIET)
    return f"{base}. {mark} {chance.getrandbits(80):020x} {chance.getrandbits(80):020x}"


#: An article without a product (two seals) short enough for Bluesky, and one with a product (three seals).
NOTE = "Notiz {mark}: Unser Newsroom ist werktags von 9 bis 18 Uhr besetzt. Wir lesen jede Nachricht."
