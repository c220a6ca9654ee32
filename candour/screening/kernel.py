"""Screening kernel: from the bytes of an Arrow column to words, languages and phrase hits, compiled by numba.

It gives for every post what `words.cut`, `language.identify` and `Matcher.find` give, and nothing else decides: tests hold both together.
Hashes only lead to candidates; every word is compared letter by letter before it counts. Time is linear in the length of a post.
Only the worker and `candour screen` import this module: numba costs time and memory at the start of a process.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from candour.screening import fold_tables as ft
from candour.screening import kernel_duties as kd
from candour.screening import kernel_findings as findings
from candour.screening import kernel_language as kl
from candour.screening import kernel_model as km
from candour.screening import kernel_phrases as kp
from candour.screening import kernel_spans as spans
from candour.screening import kernel_text as kt
from candour.screening import kernel_weigh as weighing
from candour.screening import kernel_words as kw
from candour.screening.kernel_judge import judge
from candour.screening.kernel_names import desk, lean, lean_match, look
from candour.screening.kernel_phrases import LAST_BITS, MEANING_BITS, PRODUCT_BIT, fill_steps, fill_symbols, move_steps, move_symbols
from candour.screening.kernel_room import room_for
from candour.screening.kernel_start import ready
from candour.screening.kernel_strongest import strongest
from candour.screening.kernel_words import memory
from candour.screening.language import (
    A_FEW,
    FEWEST_ASKED,
    FEWEST_DECLARED,
    FEWEST_HEARD,
    FEWEST_KNOWN,
    MOST_KNOWN_WORDS,
    MOST_OF_IT,
    MOST_WORDS,
    NO_WORDS,
)
from candour.screening.language_model import LATIN_SCRIPT
from candour.screening.phrase_tables import (
    BLAMES,
    DRUG,
    MASKS,
    MEDICINE,
    NAMED,
    NEEDS_AT,
    NEEDS_BITS,
    NO_CODE,
    OFFER,
    OTHER_SCRIPT,
    PATIENT,
    SIGN,
    SMALL_WORDS_TABLE,
    USES,
    WAKES,
)

__all__ = [
    "AWAKE",
    "HEARD",
    "LAST_BITS",
    "MEANING_BITS",
    "ODD",
    "PRODUCT_BIT",
    "QUIET",
    "Out",
    "desk",
    "fill_steps",
    "fill_symbols",
    "findings",
    "judge",
    "lean",
    "lean_match",
    "match",
    "memory",
    "move_steps",
    "move_symbols",
    "scan",
    "spans",
    "weighing",
]

#: What `scan` says of a post: none to judge, judged by hits, to be read by the reference, scored by the model alone and without a finding.
QUIET, AWAKE, ODD, HEARD = range(4)
_MEANING = (1 << MEANING_BITS) - 1
_FLAGS, _NEEDED = (1 << NEEDS_AT) - 1, (1 << NEEDS_BITS) - 1


class Out(NamedTuple):
    """What is found. `words`: start, end, sentence, clause of every word; a post has one row more than words; `asked` per sentence;
    `strongest`: the words in which the model hears a reaction in a post that woke, first and the one behind the last, 0 for none; `owed`,
    `owed_at`: log-odds of the duties heard, from 0 on with their words likewise."""

    words: NDArray[np.int32]
    asked: NDArray[np.uint8]
    word_at: NDArray[np.int64]
    code: NDArray[np.int16]
    state: NDArray[np.uint8]
    signs: NDArray[np.uint8]
    patient: NDArray[np.uint8]
    medicine: NDArray[np.uint8]
    leaning: NDArray[np.float64]
    strongest: NDArray[np.int32]
    hit_at: NDArray[np.int64]
    hits: NDArray[np.int64]
    owed: NDArray[np.float64]
    owed_at: NDArray[np.int32]


@kt.compiled
def _tag_name(folded: Any, begin: Any, end: Any, keys: Any, slots: Any, letters: Any, bloom: Any, limits: Any) -> Any:
    """Length of the product name a hashtag begins with, 0 for none."""
    h = kt.SEED
    known = 0
    shortest, longest = limits[NAMED, kt.TAG, 0], limits[NAMED, kt.TAG, 1]
    for k in range(min(end - begin, longest)):
        h = kt.mix(h, folded[begin + k])
        if k + 1 >= shortest:
            key = kp.key_of(h, NAMED, kt.TAG)
            if kp.may_be(key, bloom) and kp.look_up(key, folded, begin, k + 1, keys, slots, letters) >= 0:
                known = k + 1
    return known if known < end - begin else 0


@kt.compiled
def _cut_words(
    points: Any,
    folded: Any,
    places: Any,
    cases: Any,
    count: Any,
    pieces: Any,
    known: Any,
    chars: Any,
    at: Any,
    hashes: Any,
    found: Any,
    asked: Any,
    base: Any,
    behind: Any,
    plain: Any,
    state: Any,
) -> Any:
    """The words of a post from its pieces, with sentence and clause. `known`: product names that hashtags begin with. Returns how many."""
    state[:] = 0
    words = 0
    at[0] = 0
    for piece in range(count):
        start, end, gap = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1]), np.int64(pieces[piece, 2])
        tagged = pieces[piece, 3] != 0
        name = start + np.int64(known[piece]) if tagged else end
        while start < end:
            stop = end
            if tagged:
                stop = start + 1
                while stop < end and stop != name and (stop < name or not kt.parted(cases[stop - 1], cases[stop])):
                    stop += 1
            kt.place_word(found, asked, base, words, gap, state)
            hashes[words] = kt.copy_word(points, folded, start, stop, chars, at[words], plain)
            at[words + 1] = at[words] + stop - start
            found[base + words, 0], found[base + words, 1] = places[start, 0], places[stop - 1, 1]
            words, start, gap = words + 1, stop, np.int64(0)
    if words and behind & ft.QUESTION:
        asked[base + state[0]] = 1
    return words


@kt.compiled
def _add_small_words(words: Any, answers_at: Any, answers: Any, small_at: Any, small_code: Any, small_part: Any, scores: Any) -> None:
    """Add up what the words nobody can write without count for each language."""
    for word in range(min(words, MOST_WORDS)):
        if answers[answers_at[word]]:
            symbol = answers[answers_at[word] + kp.HEAD]
            for k in range(small_at[symbol], small_at[symbol + 1]):
                scores[small_code[k]] += small_part[k]


@kt.compiled
def _lead(scores: Any) -> Any:
    """Best language and its lead over the second, NO_CODE where none scored."""
    best, most, second = NO_CODE, 0.0, 0.0
    for code in range(scores.shape[0]):
        if scores[code] > most:
            best, most, second = code, scores[code], most
        elif scores[code] > second:
            second = scores[code]
    return best, min(most, 2 * (most - second) + 0.2 * most)


@kt.compiled
def _count_known(phrases: Any, codes: Any, room: Any, words: Any, memory: Any, counts: Any) -> None:
    """How many words of the post each pack knows."""
    packs, own, known = codes.latin_tables.shape[0], room[3], memory.known
    counts[:packs] = 0
    for word in range(min(words, MOST_KNOWN_WORDS)):
        bits = known[own[word]] if own[word] >= 0 else np.int64(-1)
        if bits < 0:
            bits = kw.tables_that_know(codes.latin_tables, word, words, room, phrases, memory)
        pack = 0
        while bits:
            counts[pack] += bits & 1
            bits >>= 1
            pack += 1


@kt.compiled
def _by_phrases(codes: Any, asked: Any, guess: Any, counts: Any) -> Any:
    """The pack that knows most words of the post."""
    best = top = 0
    only = False
    for pack in range(codes.latin_tables.shape[0]):
        if counts[pack] > best:
            best, top, only = counts[pack], codes.latin_codes[pack], True
        elif counts[pack] == best:
            only = False
    if best * FEWEST_KNOWN[1] < asked * FEWEST_KNOWN[0]:
        return np.int64(codes.undetermined)
    if best and only:
        return np.int64(top)
    return np.int64(guess if guess != NO_CODE else codes.undetermined)


@kt.compiled
def _known_to(code: Any, codes: Any, counts: Any) -> Any:
    """How many words the pack of a language knows, -1 without a pack."""
    for pack in range(codes.latin_tables.shape[0]):
        if codes.latin_tables[pack] == codes.table[code]:
            return counts[pack]
    return np.int64(-1)


@kt.compiled
def _identify(phrases: Any, codes: Any, work: Any, words: Any, hint: Any, memory: Any, hearing: Any) -> Any:
    """Number of the post's language among the codes."""
    room, counts, answers_at, follow = work.words, work.counts, work.answers_at, work.follow
    scores, per_pack, found, sums = work.scores, work.per_pack, work.read_pieces, work.sums
    script = kl.by_script(counts, codes, hint, MOST_OF_IT) if counts[kt.WIDE_AT] else np.int64(NO_CODE)
    if script >= 0:
        return script
    if script == OTHER_SCRIPT:
        return hint if hint != NO_CODE and codes.table[hint] < 0 else np.int64(codes.undetermined)
    scores[:] = 0.0
    kw.answer(np.int64(SMALL_WORDS_TABLE), room, words, np.int64(MOST_WORDS), answers_at, follow, phrases, memory)
    _add_small_words(words, answers_at, memory.answers, codes.small_at, codes.small_code, codes.small_part, scores)
    code, strength = _lead(scores)
    if script == NO_CODE and strength < NO_WORDS and counts[kt.WIDE_AT]:
        script = kl.by_script(counts, codes, hint, A_FEW)
    if script != NO_CODE:
        return kl.in_script(script, code, strength, room[0], room[1], words, hint, codes, hearing, found, sums)
    if code != NO_CODE and strength >= kl.enough(hint, code):
        return np.int64(code)
    asked, told = min(words, MOST_KNOWN_WORDS), np.int64(code if strength >= NO_WORDS else NO_CODE)
    heard, sure = kl.hear(room[0], room[1], words, np.int64(LATIN_SCRIPT), hint != NO_CODE, told, hearing, found, sums)
    if sure and codes.table[heard] < 0:
        return heard
    if not sure and hint != NO_CODE and (codes.table[hint] < 0 or asked < FEWEST_ASKED):
        return hint
    _count_known(phrases, codes, room, words, memory, per_pack)
    if sure:
        return np.int64(codes.undetermined) if _known_to(heard, codes, per_pack) * FEWEST_HEARD < asked else heard
    if hint == NO_CODE:
        best = _by_phrases(codes, asked, code, per_pack)
        return best if heard == NO_CODE or codes.heads[best] == codes.heads[heard] else np.int64(codes.undetermined)
    known = _known_to(hint, codes, per_pack)
    return np.int64(codes.undetermined) if known >= 0 and known * FEWEST_DECLARED < asked else hint


@kt.compiled
def _find(phrases: Any, table: Any, room: Any, words: Any, answers_at: Any, follow: Any, stack: Any, hits: Any, n: Any, memory: Any) -> Any:
    """Hits of one matcher in a post, unsorted, behind the first n. -1: no room, or a word with too many readings."""
    if not kw.answer(table, room, words, words, answers_at, follow, phrases, memory):
        return np.int64(-1)
    return _walked(phrases, table, words, answers_at, follow, stack, hits, n, memory)


@kt.compiled
def _walked(phrases: Any, table: Any, words: Any, answers_at: Any, follow: Any, stack: Any, hits: Any, n: Any, memory: Any) -> Any:
    """Hits of a matcher in a post whose words have answered, unsorted, behind the first n."""
    answers, gap = memory.answers, phrases.matchers[table, 1]
    step_keys, step_to, nodes, meanings = phrases.step_keys, phrases.step_to, phrases.nodes, phrases.meanings
    for first in range(words):
        if answers[answers_at[first]] and n >= 0:
            n = kp.walk(table, first, words, follow, answers_at, answers, stack, hits, n, gap, step_keys, step_to, nodes, meanings)
    return n


@kt.compiled
def _meaning_bits(bits: Any, matchers: Any, hit: Any, table: Any) -> Any:
    """Bits of what a hit means."""
    return bits[matchers[NAMED if hit >> PRODUCT_BIT else table, 2] + (hit & _MEANING)]


@kt.compiled
def _bits(bits: Any, matchers: Any, hits: Any, begin: Any, end: Any, table: Any) -> Any:
    """Bits of everything the hits of a post mean; it wakes by signs where enough of them stand together."""
    total, signs = np.int64(0), 0
    for k in range(begin, end):
        one = _meaning_bits(bits, matchers, hits[k], table)
        signs += (one & SIGN) != 0
        total |= one & _FLAGS
    if signs and not total & WAKES:
        case = (1 if total & DRUG else 0) + (2 if total & OFFER else 0)
        for k in range(begin, end):
            one = _meaning_bits(bits, matchers, hits[k], table)
            if one & SIGN and (one >> (NEEDS_AT + NEEDS_BITS * case)) & _NEEDED <= min(signs, _NEEDED):
                return total | WAKES
    return total


@kt.compiled
def _awake(bits: Any) -> Any:
    """Whether the hits of a post can come to anything."""
    return bits & WAKES or (bits & BLAMES and bits & USES) or (bits & PATIENT and bits & MASKS)


@kt.compiled
def _known_names(folded: Any, pieces: Any, count: Any, phrases: Any, known: Any) -> None:
    """The product names hashtags begin with."""
    tagged = False
    for piece in range(count):
        tagged |= pieces[piece, 3] != 0
    if tagged:
        keys, slots, letters, bloom, limits = phrases.keys, phrases.slots, phrases.letters, phrases.bloom, phrases.limits
        for piece in range(count):
            if pieces[piece, 3]:
                begin, end = np.int64(pieces[piece, 0]), np.int64(pieces[piece, 1])
                known[piece] = _tag_name(folded, begin, end, keys, slots, letters, bloom, limits)


@kt.compiled
def _hits(phrases: Any, table: Any, room: Any, words: Any, answers_at: Any, follow: Any, stack: Any, memory: Any, hits: Any, n: Any) -> Any:
    """Find the hits of a post that is cut and identified, behind the first n; returns their end, -1 for a post the reference must read."""
    end = n
    if table >= 0:
        end = _find(phrases, table, room, words, answers_at, follow, stack, hits, end, memory)
    if end >= 0:
        end = _find(phrases, np.int64(NAMED), room, words, answers_at, follow, stack, hits, end, memory)
    return kp.sorted_once(hits, n, end) if end >= 0 else end


@kt.compiled
def _mask(bits: Any, matchers: Any, hits: Any, begin: Any, end: Any, words: Any, masked: Any) -> None:
    """Mark the words that are part of a product name."""
    masked[:words] = 0
    for k in range(begin, end):
        if hits[k] >> PRODUCT_BIT and bits[matchers[NAMED, 2] + (hits[k] & _MEANING)] & WAKES:
            first = (hits[k] >> (LAST_BITS + MEANING_BITS)) & 0x7FFFFFFF
            last = first + ((hits[k] >> MEANING_BITS) & ((1 << LAST_BITS) - 1))
            masked[first:last] = 1


def scan(data: Any, offsets: Any, hints: Any, tables: Any, phrases: Any, codes: Any, memory: Any, model: Any, out: Any) -> None:
    """Read a batch of posts: `offsets` into the bytes, `hints` the declared language of each; `model`: weights and settings of those that
    judge, and what hears languages."""
    room = room_for(int(np.diff(offsets).max(initial=0)), codes.small_codes)
    ready(_scan, (data, offsets, hints, tables, phrases, codes, memory, model, out, room))
    _scan(data, offsets, hints, tables, phrases, codes, memory, model, out, room)


@kt.compiled
def _words(data: Any, begin: Any, end: Any, tables: Any, phrases: Any, memory: Any, out: Any, base: Any, room: Any) -> Any:
    """Fold and cut a post into words. Returns how many, -1 for a post the reference must read, and the signs."""
    chars, at, _, _ = room.words
    length, signs = kt.fold_post(
        data, begin, end, tables.points, tables.fold, tables.pieces, room.folded, room.places, room.cases, room.counts
    )
    if length == kt.READ_BY_REFERENCE:
        return np.int64(-1), signs
    count, behind = kt.cut_pieces(tables.points, room.folded, length, room.pieces)
    _known_names(room.folded, room.pieces, count, phrases, room.known)
    plain = room.counts[kt.WIDE_AT] == 0
    words = _cut_words(
        tables.points,
        room.folded,
        room.places,
        room.cases,
        count,
        room.pieces,
        room.known,
        chars,
        at,
        room.hashes,
        out.words,
        out.asked,
        base,
        behind,
        plain,
        room.state,
    )
    kw.make_room(memory.keys, memory.asked, memory.filled)
    return np.int64(words), signs


@kt.compiled
def _scan(data: Any, offsets: Any, hints: Any, tables: Any, phrases: Any, codes: Any, memory: Any, model: Any, out: Any, room: Any) -> None:
    base = n = np.int64(0)
    for post in range(hints.shape[0]):
        begin, end = offsets[post], offsets[post + 1]
        out.word_at[post], out.hit_at[post], out.state[post] = base, n, ODD
        if base + 2 * (end - begin) + 2 <= out.words.shape[0]:
            words, signs = _words(data, begin, end, tables, phrases, memory, out, base, room)
            if words >= 0:
                out.signs[post] = signs
                end = _judge(post, words, hints, phrases, codes, memory, model, out, base, n, room)
                if out.state[post] == AWAKE:
                    base, n = base + words + 1, end
                else:
                    out.asked[base : base + words + 1] = 0
    out.word_at[hints.shape[0]], out.hit_at[hints.shape[0]] = base, n


@kt.compiled
def _judge(
    post: Any, words: Any, hints: Any, phrases: Any, codes: Any, memory: Any, model: Any, out: Any, base: Any, n: Any, room: Any
) -> Any:
    """Tell the language of a post that is cut, find its hits and whether they wake it; returns the end of its hits."""
    chars, at, _, own = room.words
    kw.number_words(chars, at, room.hashes, words, own, memory)
    code = _identify(phrases, codes, room, words, hints[post], memory, model[1])
    out.code[post], table = code, codes.table[code]
    end = _hits(phrases, table, room.words, words, room.answers_at, room.follow, room.stack, memory, out.hits, n)
    if end >= 0:
        bits = _bits(phrases.bits, phrases.matchers, out.hits, n, end, table)
        out.patient[post], out.medicine[post] = (bits & PATIENT) != 0, (bits & MEDICINE) != 0
        if table >= 0:
            _mask(phrases.bits, phrases.matchers, out.hits, n, end, words, room.masked)
        owes = (
            table >= 0 and model[2].weights.shape[1] > 0 and kd.hear(room, words, out.words, out.asked, base, model[2], table, memory.owed)
        )
        out.state[post] = AWAKE if owes or _awake(bits) else QUIET
        if codes.leans[code] >= 0:
            weights, settings = km.of_model(model[0], codes.leans[code])
            voice = memory.sounds, model[0].bounds[codes.leans[code], 2]
            out.leaning[post] = km.leaning(room, words, out.words, base, voice, weights, settings)
            if out.leaning[post] >= settings[2] and out.state[post] == QUIET:
                out.state[post] = HEARD if words and out.leaning[post] < settings[3] and not bits & MASKS else AWAKE
            if words and out.leaning[post] >= settings[2] and out.state[post] == AWAKE:
                strongest(room, words, out.words, base, weights, settings, out.strongest[post])
        if owes:
            kd.put(room, words, out.words, base, model[2], out.owed[post], out.owed_at[post])
    return end


def match(data: Any, offsets: Any, tables: Any, phrases: Any, lean: Any, codes: Any, memory: Any, out: Any) -> None:
    """Find product names alone: fold and cut posts and look for no other phrase. Posts with a hit are AWAKE, and only their words kept."""
    _match(data, offsets, tables, phrases, lean, memory, out, room_for(int(np.diff(offsets).max(initial=0)), codes.small_codes))


@kt.compiled
def _names(phrases: Any, lean: Any, room: Any, words: Any, memory: Any, hits: Any, n: Any) -> Any:
    """Product names in a post that is cut, behind the first n hits, -1 for a post the reference must read. No word is remembered."""
    chars, at, found, _ = room.words
    limits, bloom, answers = phrases.limits, phrases.bloom, memory.answers
    for word in range(words):
        place = np.int64(kw.NOTHING)
        if not lean.reads or look(chars, at[word], at[word + 1], lean) or kp.stretched(chars, at[word], at[word + 1]):
            symbols = phrases.keys, phrases.slots, phrases.letters, bloom, limits
            root = phrases.matchers[NAMED, 3]
            number = np.int64(kw.NO_NUMBER)
            place = kw.ask(
                np.int64(NAMED), number, chars, at[word], at[word + 1], at[words], found, symbols, phrases.first_to, root, memory
            )
            if place == kw.TOO_MANY:
                return np.int64(-1)
        room.answers_at[word], room.follow[word] = place, kw.bits_of(answers, place)
    end = _walked(phrases, np.int64(NAMED), words, room.answers_at, room.follow, room.stack, hits, n, memory)
    return kp.sorted_once(hits, n, end) if end >= 0 else end


@kt.compiled
def _match(data: Any, offsets: Any, tables: Any, phrases: Any, lean: Any, memory: Any, out: Any, room: Any) -> None:
    base = n = np.int64(0)
    for post in range(offsets.shape[0] - 1):
        begin, end = offsets[post], offsets[post + 1]
        out.word_at[post], out.hit_at[post], out.state[post] = base, n, ODD
        if base + 2 * (end - begin) + 2 <= out.words.shape[0]:
            words, _ = _words(data, begin, end, tables, phrases, memory, out, base, room)
            if words >= 0:
                end = _names(phrases, lean, room, words, memory, out.hits, n)
                if end >= 0:
                    out.state[post] = AWAKE if end > n else QUIET
                if end > n:
                    base, n = base + words + 1, end
                else:
                    out.asked[base : base + words + 1] = 0
    out.word_at[offsets.shape[0] - 1], out.hit_at[offsets.shape[0] - 1] = base, n
