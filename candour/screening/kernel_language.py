"""Screening kernel: the language of a post by its script and by how it sounds; the reference is `language.identify` with
`language_model.LanguageModel.sound`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from candour.screening import kernel_text as kt
from candour.screening.language import FEWER_TO_CHOOSE, FEWEST_OF_A_FEW, MOST_OF_IT, SCRIPTS, SURE
from candour.screening.language_model import ARABIC_SCRIPT, BORDER, CYRILLIC_SCRIPT, LATIN_SCRIPT, LONGEST_PIECE, MOST_LETTERS, RANGES
from candour.screening.phrase_tables import ARABIC, CYRILLIC, NO_CODE, OTHER_SCRIPT, WIDTH

_RANGES = np.array(RANGES, np.int64)
_BORDER = np.uint64(BORDER)
_NUMBERS = {name: at for at, (name, _) in enumerate(SCRIPTS, 1)}
_ZH, _ARABIC_NUMBER, _CYRILLIC_NUMBER, _OTHER_NUMBER = (_NUMBERS[name] for name in ("zh", "ar", "cyrillic", "other"))
#: No language could be read.
NOBODY = -1
#: Room for what is read of one post.
PIECES = LONGEST_PIECE * (3 * MOST_LETTERS + 2)


@kt.inlined
def _read(letter: Any, script: Any) -> Any:
    """Whether a word that begins with this letter belongs to the alphabet."""
    read = False
    for at in range(_RANGES.shape[1]):
        read |= _RANGES[script, at, 0] <= letter < _RANGES[script, at, 1]
    return read


@kt.compiled
def pieces(chars: Any, at: Any, words: Any, script: Any, out: Any) -> Any:
    """Write the hashes of a post's pieces to `out`, which has room for LONGEST_PIECE times its letters and borders; returns how many."""
    n, left = 0, MOST_LETTERS
    for word in range(words):
        if left <= 0:
            break
        begin, size = at[word], at[word + 1] - at[word]
        if size > 0 and _read(chars[begin], script):
            size = min(size, left)
            for start in range(-1, size + 1):
                h = kt.SEED
                for end in range(start, min(start + LONGEST_PIECE, size + 1)):
                    inside = 0 <= end < size
                    h = kt.mix(h, chars[begin + end] if inside else _BORDER)
                    if end > start or inside:
                        out[n] = h
                        n += 1
            left -= at[word + 1] - begin
    return n


@kt.compiled
def add_up(found: Any, count: Any, weights: Any, first: Any, bits: Any, sums: Any) -> None:
    """Sum the weights of all pieces per language; `first`: where the alphabet's begin. Four rows at once, of a length known beforehand: the
    compiler makes wide additions of it, nine times as fast."""
    shift, begin, width = (
        np.uint64(64 - bits),
        np.uint64(first),
        np.uint64(WIDTH),
    )  # unsigned: else each place is asked whether it is negative
    for one in range(WIDTH):
        sums[one] = 0
    whole = count - count % 4
    for k in range(0, whole, 4):
        a, b = begin + (found[k] >> shift) * width, begin + (found[k + 1] >> shift) * width
        c, d = begin + (found[k + 2] >> shift) * width, begin + (found[k + 3] >> shift) * width
        for one in range(WIDTH):
            at = np.uint64(one)
            sums[one] += np.int16(weights[a + at]) + np.int16(weights[b + at]) + np.int16(weights[c + at]) + np.int16(weights[d + at])
    for k in range(whole, count):
        a = begin + (found[k] >> shift) * width
        for one in range(WIDTH):
            sums[one] += weights[a + np.uint64(one)]


@kt.compiled
def sound(chars: Any, at: Any, words: Any, script: Any, model: Any, found: Any, sums: Any) -> Any:
    """Number of the nearest language in its alphabet, NOBODY for none, and its lead. `found`, `sums`: room for PIECES and WIDTH."""
    first, bits, languages = model.alphabets[script, 0], model.alphabets[script, 1], model.alphabets[script, 2]
    count = pieces(chars, at, words, script, found) if languages else 0
    if count == 0:
        return np.int64(NOBODY), 0.0
    add_up(found, count, model.weights, first, bits, sums)
    best = np.int64(0)
    for one in range(1, languages):
        if sums[one] > sums[best]:
            best = np.int64(one)
    second = np.int64(-(1 << 40))
    for one in range(languages):
        if one != best:
            second = max(second, np.int64(sums[one]))
    return best, (np.int64(sums[best]) - second) / math.sqrt(count)


@kt.compiled
def sound_all(chars: Any, at: Any, ends: Any, script: Any, model: Any, found: Any, sums: Any, out: Any) -> None:
    """The nearest language of many posts. `at`: where each word begins, and the last ends; `ends`: the first word of each post, and all."""
    for post in range(ends.shape[0] - 1):
        first, words = ends[post], ends[post + 1] - ends[post]
        out[post], _ = sound(chars, at[first:], words, script, model, found, sums)


@kt.compiled
def hear(chars: Any, at: Any, words: Any, script: Any, doubtful: Any, told: Any, model: Any, found: Any, sums: Any) -> Any:
    """Code of the language a post sounds like, NO_CODE where nothing can be read, and whether the model is to be believed: it must be surer
    where it is `doubtful`, as a declaration speaks against it, or where it says another language than was `told` (NO_CODE: none)."""
    best, lead = sound(chars, at, words, script, model, found, sums)
    if best == NOBODY:
        return np.int64(NO_CODE), False
    code = model.codes[script, best]
    if doubtful or (told != NO_CODE and told != code):
        return code, lead >= model.leads[1]
    return code, lead >= (model.leads[0] if script == LATIN_SCRIPT else model.leads[0] / FEWER_TO_CHOOSE)


@kt.compiled
def _chinese(counts: Any, codes: Any, hint: Any) -> Any:
    simplified, traditional = counts[kt.SIMPLIFIED_AT], counts[kt.TRADITIONAL_AT]
    if hint == codes.japanese:
        return np.int64(codes.japanese)
    if simplified == traditional:
        return np.int64(codes.traditional if hint == codes.traditional else codes.simplified)
    return np.int64(codes.simplified if simplified > traditional else codes.traditional)


@kt.compiled
def by_script(counts: Any, codes: Any, hint: Any, part: Any) -> Any:
    """The code of a post, CYRILLIC or ARABIC where several languages share its letters, OTHER_SCRIPT, or NO_CODE for Latin."""
    letters, few = max(1, counts[kt.LETTERS_AT]), part < MOST_OF_IT
    least = max(part * letters, float(FEWEST_OF_A_FEW)) if few else part * letters
    script, code = np.int64(0), np.int64(NO_CODE)
    if counts[1] and counts[1] + counts[3] > least:
        script, code = np.int64(1), np.int64(codes.japanese) if counts[1] * 20 > counts[3] else _chinese(counts, codes, hint)
    else:
        script = np.int64(1)
        for one in range(2, 7):
            if counts[one] > counts[script]:
                script = np.int64(one)
        if counts[script] <= least:
            return np.int64(NO_CODE)
        code = _by_letters(script, counts, codes, hint)
    if few and (code == OTHER_SCRIPT or (hint != NO_CODE and not _fits(code, hint, codes))):
        return np.int64(NO_CODE)
    return code


@kt.compiled
def _by_letters(script: Any, counts: Any, codes: Any, hint: Any) -> Any:
    if script == _ZH:
        return _chinese(counts, codes, hint)
    if script == _CYRILLIC_NUMBER:
        return np.int64(codes.ukrainian) if counts[kt.UKRAINIAN_AT] and not counts[kt.FOREIGN_AT] else np.int64(CYRILLIC)
    if script == _ARABIC_NUMBER and counts[kt.FOREIGN_AT]:
        return np.int64(ARABIC)
    return np.int64(OTHER_SCRIPT) if script == _OTHER_NUMBER else np.int64(codes.of_script[script])


@kt.compiled
def _fits(code: Any, hint: Any, codes: Any) -> Any:
    """Whether a declaration may stand over a post with a few letters of this script."""
    if code in (CYRILLIC, ARABIC):
        return codes.family[hint] == code
    return codes.heads[hint] == codes.heads[code]


@kt.compiled
def enough(hint: Any, code: Any) -> Any:
    """The lead in small words that decides."""
    return float(SURE) if hint == NO_CODE else 2.0 if hint == code else 4.0


@kt.compiled
def in_script(
    script: Any, small: Any, strength: Any, chars: Any, at: Any, words: Any, hint: Any, codes: Any, model: Any, found: Any, sums: Any
) -> Any:
    """The code of a post whose script several languages share (a code already known is given back), by small words, by sound, by `hint`."""
    if script >= 0:
        return script
    hint = hint if hint != NO_CODE and codes.family[hint] == script else np.int64(NO_CODE)
    if small != NO_CODE and codes.family[small] == script and strength >= enough(hint, small):
        return np.int64(small)
    number = np.int64(CYRILLIC_SCRIPT if script == CYRILLIC else ARABIC_SCRIPT)
    code, sure = hear(chars, at, words, number, hint != NO_CODE, np.int64(NO_CODE), model, found, sums)
    if sure:
        return code
    if hint != NO_CODE:
        return hint
    if model.alphabets[number, 2]:
        return np.int64(codes.undetermined)
    return np.int64(codes.russian if script == CYRILLIC else codes.of_script[_ARABIC_NUMBER])
