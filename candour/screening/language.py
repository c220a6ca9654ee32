"""Which language a post is in: script first, then the small words people can't write without.

Baseline: 17 languages; a short or mixed post falls back to what its source declared, then to the pack whose phrases it uses, then to "und"
(undetermined), which a person must look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from candour.screening.words import fold_words

UNDETERMINED = "und"

_SMALL_WORDS = {
    "en": "the and is of to in that it for was with my have this you are be at not on but they what so me do i im ive from been just had "
    "your can will would how when am after which an were has did any does about or if as all we he she his her who no don t",
    "de": "der die das und ist nicht ich zu mit den sie es ein eine auch auf für von mir mich war wie bei hat habe aber "
    "dem im nach seit "
    "noch wenn nur oder wir ihr kann soll bin sind einen einer wird mein meine meiner gegen ihm ihn "
    "sehr schon was man so dass vom zur zum am kein "
    "keine hab nix danke doch mal jetzt gestern heute immer wieder nimmt nehme",
    "fr": "le la les et est des une un je pas que pour dans ce qui du ne sur mon ma mes avec au il elle nous vous ai suis cette depuis "
    "mais très c'est j'ai ont plus après ça été fait par son sa on y",
    "es": "el la los las y es que de un una no en por con para mi me se lo su pero muy más al del como yo está tengo desde he sin este "
    "esta hace cuando después estoy fue le ha mis porque nada",
    "pt": "o a os as e é que de um uma não em por com para meu minha me se do da no na mas muito mais eu está tenho desde foi ao você são "
    "depois quando isso estou ele ela pelo sem dos das nos às também",
    "it": "il lo la gli le e è che di un una non in per con mi si ma molto più del della sono ho da come anche mio mia questo dopo nel "
    "alla ha sto perché al dei delle ci io stato",
    "nl": "de het een en is niet ik dat van te op met voor zijn mijn maar er heb aan ook als bij naar nog wel geen je ze was dit hij sinds "
    "na om wat heeft ben mij door of kan dan al zo wordt uit",
    "pl": "i w na z nie to jest się do że jak o ale mam po od dla już tak przez co mi moja mój czy ja był była tylko jestem bardzo ma mnie "
    "za przy ze",
    "cs": "a v na se je že to s z do si mám ale po jsem jak od pro by už mi co ve při moje můj tak bylo byla jen není jako k u která který "
    "mě",
    "tr": "ve bir bu da de için çok ne ile ben mi var ama gibi daha sonra kadar değil oldu bana benim her şey olarak ki en o mu beri "
    "yok hiç",
    "ru": "и в не на я что с по это у как мне но а к от из за же так был была после меня он она для то все очень мой моя уже бы",
    "uk": "і в не на я що з по це у як мені але а до від із за й та так був була після мене він вона для то все дуже мій моя вже є щоб",
}

LATIN = tuple(sorted(code for code, text in _SMALL_WORDS.items() if text.replace("'", "").split()[0].isascii()))


def _small_words() -> dict[str, tuple[tuple[str, float], ...]]:
    """Per small word the languages that have it, and what it counts for each: the less, the more languages share it."""
    table: dict[str, list[str]] = {}
    for code, text in _SMALL_WORDS.items():
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


class Decided(NamedTuple):
    """What told the language of a post: the declaration, its script, small words, words a pack knows, or nothing (`""`).

    `words`: the small words seen.
    """

    by: str
    words: tuple[str, ...] = ()


def decided_by(text: str, words: Sequence[str], hint: str, code: str) -> Decided:
    """Why `identify` said `code`, for a person who asks; never on the way of a post."""
    script = "" if text.isascii() else _by_script(text, declared(hint))
    if script == code:
        return Decided("script")
    head = code.split("-")[0]
    seen = tuple(dict.fromkeys(word for word in words[:MOST_WORDS] if any(one == head for one, _ in SMALL_WORDS.get(word, ()))))
    if declared(hint).split("-")[0] == head:
        return Decided("declared", seen)
    if code == UNDETERMINED:
        return Decided("")
    return Decided("small_words", seen) if _by_small_words(words)[0] == head else Decided("pack_words")
