"""The model that tells languages apart in figures, beside py3langid where that is installed."""

from __future__ import annotations

import importlib
import time
from typing import Any

import numpy as np

from candour.packs.language_schema import shipped_languages
from candour.project.bench.figures import Figure, share
from candour.screening.engine import release
from candour.screening.language_model import LATIN_SCRIPT, MOST_LANGUAGES, load_languages
from candour.screening.phrase_tables import code_names, hearing_tables
from candour.screening.words import fold_words

_TIMES = 20


def measure(rounds: int) -> list[Figure]:
    """How many times as many posts a second the model hears as py3langid; nothing where py3langid is absent."""
    try:
        langid: Any = importlib.import_module("py3langid.langid")
    except ImportError:
        return []
    model = load_languages()
    if model is None:
        return []
    texts = [one.text for pack in shipped_languages() for one in pack.examples if one.text[:1].isascii()][:600]
    judge = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    judge.set_languages([code for code in model.alphabets[LATIN_SCRIPT].languages if code in set(judge.nb_classes)])
    hear, ours, theirs = _hearing(texts), [], []
    for _ in range(rounds):
        begin = time.process_time()
        for _ in range(_TIMES):
            hear()
        ours.append(_TIMES * len(texts) / (time.process_time() - begin))
        begin = time.process_time()
        for text in texts:
            judge.classify(text)
        theirs.append(len(texts) / (time.process_time() - begin))
    note = "the packs' own posts, cut into words before, as screening has them; py3langid held to the same languages it knows; floor 20"
    return [share("languages heard beside py3langid", ours, theirs, note)]


def _hearing(texts: list[str]) -> Any:
    """What asks the kernel for the language of every text; warm."""
    from candour.screening import kernel_language as kl  # the kernel takes its time to load

    compiled = release()
    tables = hearing_tables(compiled, code_names(compiled))
    found, sums = np.empty(kl.PIECES, np.uint64), np.zeros(MOST_LANGUAGES, np.int32)
    posts = [fold_words(text) for text in texts]
    words = [word for post in posts for word in post]
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    at, ends = (np.concatenate([[0], np.cumsum([len(one) for one in rows])]).astype(np.int64) for rows in (words, posts))
    out = np.zeros(len(texts), np.int64)

    def hear() -> None:
        kl.sound_all(letters, at, ends, LATIN_SCRIPT, tables, found, sums, out)

    hear()
    return hear
