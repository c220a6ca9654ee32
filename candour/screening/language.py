"""Which language a post is in: script first, then the small words people can't write without, then how its words sound.

Script and small words decide most posts. The others are heard by a model (`language_model`) that also knows neighbours of our languages
which no pack reads. Where it is not sure, a post falls back to what its source declared, then to the pack whose phrases it uses, then to
"und" (undetermined), which a person must look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from candour.screening.language_model import ARABIC_SCRIPT, CYRILLIC_SCRIPT, LATIN_SCRIPT, NOTHING_HEARD, LanguageModel, Sound
from candour.screening.small_words import READ, SMALL_WORDS_OF
from candour.screening.words import fold_words

UNDETERMINED = "und"

LATIN = tuple(sorted(code for code, text in READ.items() if text.replace("'", "").split()[0].isascii()))


def _small_words() -> dict[str, tuple[tuple[str, float], ...]]:
    """Per small word the languages that have it, and what it counts for each: the less, the more languages share it."""
    table: dict[str, list[str]] = {}
    for code, text in SMALL_WORDS_OF.items():
        for word in dict.fromkeys(fold_words(text)):
            table.setdefault(word, []).append(code)
    return {word: tuple((code, 1 / len(codes) ** 0.5) for code in sorted(codes)) for word, codes in table.items()}


SMALL_WORDS = _small_words()

SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9d]")),
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("ar", re.compile("[\u0620-\u064a\u0671-\u06d3\u06d5]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("other", re.compile("[\u0370-\u03ff\u0530-\u061f\u0700-\u10ff\u1200-\u1cff]")),
)
UKRAINIAN = re.compile("[їєЇЄ]")
#: Letters that Ukrainian, and those that Arabic doesn't have: another language of the same script.
FOREIGN = re.compile("[ыэъёЫЭЪЁ\u0400\u0402\u0403\u0405\u0408-\u040f\u0450\u0452\u0453\u0455\u0458-\u048f\u0492-\u04ff\u0671-\u06d3\u06d5]")
LETTERS = re.compile(r"[^\W\d_]")
_PAIRS = (
    "们們这這说說对對时時为為会會来來过過还還没沒药藥吃喫医醫头頭应應给給让讓从從后後发發个個样樣么麼吗嗎开開关關体體问問题題间間"
    "长長觉覺见見听聽读讀写寫话話请請谢謝现現点點电電动動轻輕严嚴肿腫过過敏敏疗療诊診处處剂劑呕嘔恶惡晕暈别別怀懷宝寶妈媽儿兒"
    "岁歲边邊脑腦脸臉脚腳脏臟脉脈乱亂亲親买買卖賣钱錢网網报報断斷员員学學国國华華东東车車马馬鱼魚鸟鳥龙龍气氣热熱红紅绿綠黄黃"
    "针針减減闻聞讲講经經结結号號义義带帶领領单單则則类類颗顆错錯误誤连連链鏈扫掃厂廠顾顧职職烧燒胀脹胶膠疮瘡痒癢惊驚伤傷泻瀉闷悶虚虛"
    "颤顫营營业業专專贵貴价價坏壞双雙两兩总總终終虽雖尔爾晓曉谁誰产產妇婦护護检檢验驗嬷嬤里裡"
)
_CHINESE = [pair for pair in zip(_PAIRS[::2], _PAIRS[1::2], strict=True) if pair[0] != pair[1]]
#: Characters that only one of the two ways to write Chinese has; 后, 里 and the like, which both have, count for neither.
SIMPLIFIED = re.compile(f"[{''.join(pair[0] for pair in _CHINESE if pair[0] not in '吃后里')}]")
TRADITIONAL = re.compile(f"[{''.join(pair[1] for pair in _CHINESE if pair[0] != '吃')}]")
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "ja", "ar", "nl", "pl", "cs", "ru", "uk", "tr", "zh", "ko")


#: Words of a post the packs are asked for where nothing else tells its language.
MOST_KNOWN_WORDS = 60
#: Languages without a pack that are written in the script of one.
OTHERS = dict.fromkeys(("bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt", "os"), "cyrillic") | dict.fromkeys(
    ("fa", "ur", "ps", "ckb", "sd", "ug"), "arabic"
)
#: Scripts several languages share: the number the model gives them, their languages with a pack, and the one taken without a model.
SHARED = {"cyrillic": (CYRILLIC_SCRIPT, ("ru", "uk"), "ru"), "arabic": (ARABIC_SCRIPT, ("ar",), "ar")}
#: Languages a script may be declared as.
WRITTEN_IN = {name: (*read, *(code for code, script in OTHERS.items() if script == name)) for name, (_, read, _) in SHARED.items()}
#: The part of a post's letters from which a script is its own where no Latin word says else, and where it is in any case; and the fewest
#: letters and the lead of Latin words for the first.
A_FEW, MOST_OF_IT = 0.15, 0.4
FEWEST_OF_A_FEW, NO_WORDS = 3, 0.7
#: In scripts with few languages a smaller lead is enough: else one Russian post in eight would wait for a person.
FEWER_TO_CHOOSE = 3
#: What the model hears is believed if the pack of that language knows one word in so many.
FEWEST_HEARD = 8
#: Lead of a language in small words that decides an undeclared post.
SURE = 3
#: The part of a post's words that a pack must know, 9 in 20: our own examples lie above it, posts in languages without a pack below.
FEWEST_KNOWN = (9, 20)
#: A declared language is believed if its pack knows one word in so many, in posts of so many words.
FEWEST_DECLARED, FEWEST_ASKED = 4, 4
#: Characters of a post that tell its script, and words that tell its language.
MOST_CHARACTERS = 2000
MOST_WORDS = 200
_REGIONS = {"tw": "Hant", "hk": "Hant", "mo": "Hant", "hant": "Hant", "cn": "Hans", "sg": "Hans", "hans": "Hans"}


def declared(lang: str) -> str:
    """What a declared language tag says in our codes ("pt-BR" -> "pt", "zh-TW" -> "zh-Hant"), "" when it says nothing usable."""
    head, *rest = re.split("[-_]", lang.strip().casefold())
    if not re.fullmatch("[a-z]{2,3}", head) or head == UNDETERMINED:
        return ""
    script = next((_REGIONS[part] for part in rest if part in _REGIONS), "") if head == "zh" else ""
    return f"{head}-{script}" if script else head


def identify(
    text: str,
    words: Sequence[str],
    hint: str = "",
    packs: Iterable[str] = (),
    phrases: Callable[[str], int] = lambda code: 0,
    model: LanguageModel | None = None,
) -> str:
    """Language code of a post. `hint` is the declared language; `phrases(code)` counts words one of the `packs` knows."""
    hint, packs = declared(hint), list(packs)
    own = _pack_of(hint, packs)
    script = "" if text.isascii() else _by_script(text, hint, MOST_OF_IT)
    if script == "other":
        return hint if hint and not own else UNDETERMINED
    if script and script not in SHARED and hint not in OTHERS:
        return script
    code, strength = _by_small_words(words)
    if not script and strength < NO_WORDS and not text.isascii():
        script = _by_script(text, hint, A_FEW)
    if script:
        return _in_script(script, words, hint, code, strength, model)
    if strength >= _enough(hint, code):
        return code
    heard = model.sound(words, LATIN_SCRIPT) if model else NOTHING_HEARD
    latin = [pack for pack in packs if pack.split("-")[0] in LATIN]
    asked = min(len(words), MOST_KNOWN_WORDS)
    if model and heard.lead >= (model.against if hint or (strength >= NO_WORDS and code != heard.code) else model.sure):
        return _heard(heard, _pack_of(heard.code, packs), phrases, asked)
    if not hint:
        found = _by_phrases(code, latin, phrases, asked)
        return found if heard.code in ("", found.split("-")[0]) else UNDETERMINED
    return UNDETERMINED if own in latin and asked >= FEWEST_ASKED and phrases(own) * FEWEST_DECLARED < asked else hint


def _enough(hint: str, code: str) -> float:
    """The lead in small words that decides: less for the declared language, more against it."""
    return SURE if not hint else 2 if hint == code else 4


def _heard(heard: Sound, pack: str, phrases: Callable[[str], int], asked: int) -> str:
    """The language the model hears. Its pack must know a few of the words: the model takes a language it never met for one it knows."""
    return UNDETERMINED if pack and phrases(pack) * FEWEST_HEARD < asked else heard.code


def _in_script(script: str, words: Sequence[str], hint: str, code: str, strength: float, model: LanguageModel | None) -> str:
    """The language of a post in a script that several languages share, by small words, by sound, by declaration."""
    family = OTHERS.get(hint, "")
    if family and (script == family or script in SHARED[family][1]):
        return hint  # declared, and written like a language that has a pack
    if script not in SHARED:
        return script
    number, read, plain = SHARED[script]
    hint = hint if hint in read else ""
    if code in WRITTEN_IN[script] and strength >= _enough(hint, code):
        return code
    heard = model.sound(words, number) if model else NOTHING_HEARD
    if model and heard.lead >= (model.against if hint else model.sure / FEWER_TO_CHOOSE):
        return heard.code
    return hint or (UNDETERMINED if model else plain)


def _pack_of(lang: str, packs: Sequence[str]) -> str:
    """The pack that reads a declared language, "" for none."""
    return next((pack for pack in packs if pack == lang), "") or next(
        (pack for pack in packs if lang and pack.split("-")[0] == lang.split("-")[0]), ""
    )


def _by_script(text: str, hint: str, part: float) -> str:
    """The script that more than this part of the letters belong to: a language, one of SHARED, "other", or "" for Latin.

    One kana in twenty makes Han Japanese. Names of medicines are long and Latin, so a small part may do; it must not speak against `hint`.
    """
    head = text[:MOST_CHARACTERS]
    letters = len(LETTERS.findall(head)) or 1
    counts = {name: len(pattern.findall(head)) for name, pattern in SCRIPTS}
    if counts["other"]:
        counts["other"] = sum(unicodedata.category(one) != "Cn" for one in dict(SCRIPTS)["other"].findall(head))
    least = part * letters if part == MOST_OF_IT else max(part * letters, FEWEST_OF_A_FEW)
    if counts["ja"] and counts["ja"] + counts["zh"] > least:
        found = "ja" if counts["ja"] * 20 > counts["zh"] else _chinese(head, hint)
    else:
        name, most = max(counts.items(), key=lambda item: item[1])
        found = "" if most <= least else _by_letters(name, head, hint)
    if part < MOST_OF_IT and (found == "other" or (hint and hint.split("-")[0] not in WRITTEN_IN.get(found, (found.split("-")[0],)))):
        return ""
    return found


def _by_letters(name: str, head: str, hint: str) -> str:
    """What the letters of a script tell: a language, or the script where several languages share it."""
    if name == "zh":
        return _chinese(head, hint)
    if name == "cyrillic":
        return "uk" if UKRAINIAN.search(head) and not FOREIGN.search(head) else name
    return "arabic" if name == "ar" and FOREIGN.search(head) else name


def _chinese(head: str, hint: str) -> str:
    """By the characters only one of the two scripts has; where none says it by the declaration, else simplified; or declared Japanese."""
    if hint == "ja":
        return hint
    simplified, traditional = len(SIMPLIFIED.findall(head)), len(TRADITIONAL.findall(head))
    if simplified == traditional:
        return hint if hint == "zh-Hant" else "zh-Hans"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def _by_small_words(words: Sequence[str]) -> tuple[str, float]:
    """Best language and its lead over the second, in words; a word shared by several languages counts a part for each."""
    scores: dict[str, float] = {}
    for word in words[:MOST_WORDS]:
        for code, part in SMALL_WORDS.get(word, ()):
            scores[code] = scores.get(code, 0.0) + part
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return "", 0.0
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    code, best = ranked[0]
    return code, min(best, 2 * (best - second) + 0.2 * best)


def _by_phrases(guess: str, packs: Sequence[str], phrases: Callable[[str], int], asked: int) -> str:
    """The pack that knows most of the `asked` words of the post; where none or several do, the guess. A language nobody has a pack for
    shares a few words with one: unless a pack knows near half of them, a person reads the post."""
    counts = {code: phrases(code) for code in packs}
    best = max(counts.values(), default=0)
    if best * FEWEST_KNOWN[1] < asked * FEWEST_KNOWN[0]:
        return UNDETERMINED
    top = [code for code in counts if counts[code] == best]
    return top[0] if best and len(top) == 1 else guess or UNDETERMINED


class Decided(NamedTuple):
    """What told the language of a post: the declaration, its script, small words, the model, words a pack knows, or nothing (`""`).

    `words`: the small words seen.
    """

    by: str
    words: tuple[str, ...] = ()


def decided_by(text: str, words: Sequence[str], hint: str, code: str, model: LanguageModel | None = None) -> Decided:
    """Why `identify` said `code`, for a person who asks; never on the way of a post."""
    script = "" if text.isascii() else _by_script(text, declared(hint), MOST_OF_IT) or _by_script(text, declared(hint), A_FEW)
    if script == code:
        return Decided("script")
    head = code.split("-")[0]
    seen = tuple(dict.fromkeys(word for word in words[:MOST_WORDS] if any(one == head for one, _ in SMALL_WORDS.get(word, ()))))
    if declared(hint).split("-")[0] == head:
        return Decided("declared", seen)
    if code == UNDETERMINED:
        return Decided("")
    small, strength = _by_small_words(words)
    if small.split("-")[0] == head and strength >= _enough(declared(hint), small):
        return Decided("small_words", seen)
    heard = model.sound(words, SHARED[script][0] if script in SHARED else LATIN_SCRIPT) if model else NOTHING_HEARD
    return Decided("model" if heard.code.split("-")[0] == head else "pack_words", seen)
