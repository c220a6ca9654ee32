"""Which language a post is in: script first, then the small words people can't write without.

Baseline: 17 languages; a short or mixed post falls back to what its source declared, then to the pack whose phrases it uses, then to "und"
(undetermined), which a person must look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

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
    ("ar", re.compile("[\u0620-\u064a]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("other", re.compile("[\u0370-\u03ff\u0530-\u061f\u0700-\u10ff\u1200-\u1cff]")),
)
UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
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
#: Languages without a pack that are written in the script of one, and what they would be taken for.
OTHERS = dict.fromkeys(("bg", "sr", "mk", "be", "kk", "ky", "mn", "tg"), "ru") | dict.fromkeys(("fa", "ur", "ps", "ckb", "sd", "ug"), "ar")
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
    text: str, words: Sequence[str], hint: str = "", packs: Iterable[str] = (), phrases: Callable[[str], int] = lambda code: 0
) -> str:
    """Language code of a post. `hint` is the declared language; `phrases(code)` counts words one of the `packs` knows."""
    hint = declared(hint)
    script = "" if text.isascii() else _by_script(text, hint)
    if hint in OTHERS and script == OTHERS[hint]:
        return hint  # declared, and written like a language that has a pack
    own = _pack_of(hint, packs := list(packs))
    if script:
        return script if script != "other" else hint if hint and not own else UNDETERMINED
    asked = min(len(words), MOST_KNOWN_WORDS)
    code, strength = _by_small_words(words)
    if strength >= (SURE if not hint else 2 if hint == code else 4):
        return code
    latin = [pack for pack in packs if pack.split("-")[0] in LATIN]
    if not hint:
        return _by_phrases(code, latin, phrases, asked)
    return UNDETERMINED if own in latin and asked >= FEWEST_ASKED and phrases(own) * FEWEST_DECLARED < asked else hint


def _pack_of(lang: str, packs: Sequence[str]) -> str:
    """The pack that reads a declared language, "" for none."""
    return next((pack for pack in packs if pack == lang), "") or next(
        (pack for pack in packs if lang and pack.split("-")[0] == lang.split("-")[0]), ""
    )


def _by_script(text: str, hint: str) -> str:
    """The script most letters belong to; "" for Latin. One kana in twenty makes Han Japanese."""
    head = text[:MOST_CHARACTERS]
    letters = len(LETTERS.findall(head)) or 1
    counts = {name: len(pattern.findall(head)) for name, pattern in SCRIPTS}
    if counts["other"]:
        counts["other"] = sum(unicodedata.category(one) != "Cn" for one in dict(SCRIPTS)["other"].findall(head))
    if counts["ja"] and counts["ja"] + counts["zh"] > 0.4 * letters:
        return "ja" if counts["ja"] * 20 > counts["zh"] else _chinese(head, hint)
    name, most = max(counts.items(), key=lambda item: item[1])
    if most <= 0.4 * letters:
        return ""
    if name == "zh":
        return _chinese(head, hint)
    return name if name != "cyrillic" else ("uk" if UKRAINIAN.search(head) else "ru")


def _chinese(head: str, hint: str) -> str:
    """By the characters only one of the two scripts has; where none says it by the declaration, else simplified."""
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
