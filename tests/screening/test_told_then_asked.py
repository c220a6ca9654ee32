"""Promise: who tells of a reaction and asks about it behind a comma has told it; who only asks has not."""

from __future__ import annotations

import pytest

from candour.screening import engine
from candour.screening.batch import screen_page
from candour.screening.engine import ScreeningRelease
from candour.screening.result import Screened

#: By language: told and then asked in one sentence, "~" where the question begins.
TOLD = {
    "en": "My mum took ibuprofen on Monday and since then she has a terrible rash, ~how long does it last?",
    "de": "Meine Mutter hat am Montag Ibuprofen genommen und hat jetzt einen schlimmen Ausschlag, ~wie lange dauert das?",
    "fr": "Ma mère a pris de l'ibuprofène lundi et maintenant elle a une éruption terrible, ~combien de temps ça dure ?",
    "es": "Mi madre tomó ibuprofeno el lunes y ahora tiene un sarpullido terrible, ~¿cuánto dura eso?",
    "pt-BR": "Minha mãe tomou ibuprofeno na segunda e agora está com uma alergia horrível na pele, ~quanto tempo dura isso?",
    "it": "Mia madre ha preso l'ibuprofene lunedì e adesso ha uno sfogo terribile sulla pelle, ~quanto dura?",
    "nl": "Mijn moeder heeft maandag ibuprofen geslikt en heeft nu vreselijke uitslag, ~hoe lang duurt dat?",
    "pl": "Moja mama wzięła w poniedziałek ibuprofen i teraz ma straszną wysypkę, ~jak długo to trwa?",
    "cs": "Máma si v pondělí vzala ibuprofen a teď má strašnou vyrážku, ~jak dlouho to trvá?",
    "ru": "Мама в понедельник выпила ибупрофен, и теперь у неё ужасная сыпь, ~сколько это длится?",
    "uk": "Мама в понеділок випила ібупрофен, і тепер у неї жахливий висип, ~скільки це триває?",
    "tr": "Annem ibuprofen içtikten sonra vücudunda korkunç döküntü çıktı, ~bu ne kadar sürer?",
    "ja": "母がイブプロフェンを飲み始めてからひどい発疹が出ています、~どのくらい続きますか？",
    "zh-Hans": "我妈周一吃了布洛芬，现在起了很严重的皮疹，~要多久才会好？",
    "zh-Hant": "我媽週一吃了布洛芬，現在起了很嚴重的疹子，~要多久才會好？",
    "ko": "엄마가 월요일에 이부프로펜을 먹고 지금 발진이 심하게 났어요, ~얼마나 오래가나요?",
    "ar": "أمي أخذت ايبوبروفين يوم الاثنين وصار عندها طفح جلدي فظيع، ~كم يدوم هذا؟",
}
#: What nobody has told: the question comes first, or the reaction is only supposed.
ASKED = {
    "en": "How long does a rash from ibuprofen last, does anyone know?",
    "de": "Wie lange dauert ein Ausschlag von Ibuprofen, weiß das jemand?",
    "fr": "Combien de temps dure une éruption due à l'ibuprofène, quelqu'un sait ?",
    "es": "¿Cuánto dura un sarpullido por ibuprofeno, alguien lo sabe?",
    "it": "Quanto dura uno sfogo da ibuprofene, qualcuno lo sa?",
    "nl": "Hoe lang duurt uitslag van ibuprofen, weet iemand dat?",
}
#: An illness told, and a question about a medicine nobody took yet.
WISHED = {
    "en": "My mum has had a terrible rash since Monday, can she take ibuprofen for it?",
    "de": "Meine Mutter hat seit Montag einen schlimmen Ausschlag, kann sie dagegen Ibuprofen nehmen?",
    "fr": "Ma mère a une éruption terrible depuis lundi, est-ce qu'elle peut prendre de l'ibuprofène ?",
    "es": "Mi madre tiene un sarpullido terrible desde el lunes, ¿puede tomar ibuprofeno?",
    "pt-BR": "Minha mãe está com dor de cabeça desde segunda, ela pode tomar ibuprofeno?",
    "it": "Mia madre ha mal di testa da lunedì, può prendere l'ibuprofene?",
    "nl": "Mijn moeder heeft sinds maandag hoofdpijn, mag ze ibuprofen nemen?",
    "ru": "У мамы с понедельника болит голова, можно ей ибупрофен?",
    "ja": "母が月曜から頭痛です、イブプロフェンを飲んでもいいですか？",
    "ko": "엄마가 월요일부터 두통이 있어요, 이부프로펜 먹어도 되나요?",
    "zh-Hans": "我妈周一开始头痛，可以吃布洛芬吗？",
    "ar": "أمي عندها صداع من يوم الاثنين، هل يمكنها أخذ ايبوبروفين؟",
}
SUPPOSED = "If my mum takes ibuprofen and gets a rash, how long does it last?"


@pytest.fixture(scope="module")
def shipped() -> ScreeningRelease:
    return engine.release()


def _screened(shipped: ScreeningRelease, text: str, lang: str) -> Screened:
    return engine.screen_text(shipped, text, lang)


@pytest.mark.parametrize("lang", TOLD)
def test_what_is_told_before_the_comma_stays_told(lang: str, shipped: ScreeningRelease) -> None:
    together = _screened(shipped, TOLD[lang].replace("~", ""), lang)
    apart = _screened(shipped, TOLD[lang].replace(", ~", ". ").replace("، ~", ". ").replace("，~", "。").replace("、~", "。"), lang)
    assert apart.label == 1
    assert together.label == 1


@pytest.mark.parametrize("lang", ASKED)
def test_what_is_only_asked_is_not_told(lang: str, shipped: ScreeningRelease) -> None:
    assert _screened(shipped, ASKED[lang], lang).label == 0


@pytest.mark.parametrize("lang", WISHED)
def test_an_illness_before_a_question_about_a_medicine_is_no_reaction_to_it(lang: str, shipped: ScreeningRelease) -> None:
    assert _screened(shipped, WISHED[lang], lang).label == 0


def test_the_kernel_parts_them_as_the_reference_does(shipped: ScreeningRelease) -> None:
    said = [(text.replace("~", ""), lang) for group in (TOLD, ASKED, WISHED) for lang, text in group.items()] + [(SUPPOSED, "en")]
    assert screen_page(shipped, said) == [_screened(shipped, text, lang) for text, lang in said]


def test_what_is_only_supposed_stays_supposed(shipped: ScreeningRelease) -> None:
    assert _screened(shipped, SUPPOSED, "en").label == 0
