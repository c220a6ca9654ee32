"""Promise: who tells of a reaction and asks about it behind a comma has told it, and who suspects a medicine of it as well; who only asks,
or asks what to take for an illness, has not."""

from __future__ import annotations

import pytest

from candour.core.terms import DutyKind
from candour.screening import engine
from candour.screening.batch import screen_page
from candour.screening.engine import ScreeningRelease
from candour.screening.result import QUEUE_THRESHOLD, Screened

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
    "tr": "Annemin pazartesiden beri başı ağrıyor, ibuprofen alabilir mi?",
    "pl": "Moja mama ma od poniedziałku wysypkę, czy może wziąć ibuprofen?",
    "cs": "Máma má od pondělí vyrážku, může si vzít ibuprofen?",
    "uk": "У мами з понеділка болить голова, можна їй ібупрофен?",
    "zh-Hant": "我媽週一開始頭痛，可以吃布洛芬嗎？",
}
#: The medicine was taken before, and is to be taken on.
AGAIN = {
    "en": "I took ibuprofen and had a terrible rash, can I take it again?",
    "de": "Ich habe Ibuprofen genommen und hatte einen schlimmen Ausschlag, kann ich es wieder nehmen?",
    "fr": "J'ai pris de l'ibuprofène et j'ai eu une éruption terrible, est-ce que je peux en reprendre ?",
    "es": "Tomé ibuprofeno y me salió un sarpullido terrible, ¿puedo tomarlo otra vez?",
    "pt-BR": "Tomei ibuprofeno e tive uma alergia horrível na pele, posso tomar de novo?",
    "it": "Ho preso l'ibuprofene e ho avuto uno sfogo terribile, posso prenderlo di nuovo?",
    "nl": "Ik heb ibuprofen geslikt en kreeg vreselijke uitslag, mag ik het weer nemen?",
    "pl": "Wzięłam ibuprofen i dostałam strasznej wysypki, czy mogę wziąć znowu?",
    "cs": "Vzala jsem si ibuprofen a dostala jsem strašnou vyrážku, můžu si ho vzít znovu?",
    "ru": "Выпила ибупрофен, и пошла ужасная сыпь, можно пить дальше?",
    "ko": "이부프로펜을 먹고 발진이 심하게 났어요, 또 먹어도 되나요?",
    "zh-Hans": "我吃了布洛芬之后起了很严重的皮疹，还可以吃吗？",
    "ja": "イブプロフェンを飲んでからひどい発疹が出ました、また飲んでもいいですか？",
}
#: Something told, and a medicine suspected of it in a question.
SUSPECTED = {
    "en": "I have had a terrible rash since Monday, could it be the ibuprofen?",
    "de": "Ich habe seit Montag einen schlimmen Ausschlag, kann das vom Ibuprofen kommen?",
    "fr": "J'ai une éruption terrible depuis lundi, est-ce que ça vient de l'ibuprofène ?",
    "es": "Tengo un sarpullido terrible desde el lunes, ¿puede ser por el ibuprofeno?",
    "pt-BR": "Estou com uma alergia horrível na pele desde segunda, pode ser por causa do ibuprofeno?",
    "it": "Ho uno sfogo terribile sulla pelle da lunedì, può dipendere dall'ibuprofene?",
    "nl": "Ik heb sinds maandag vreselijke uitslag, kan dat van de ibuprofen komen?",
    "pl": "Od poniedziałku mam straszną wysypkę, czy to może być od ibuprofenu?",
    "cs": "Od pondělí mám strašnou vyrážku, může to být z ibuprofenu?",
    "ru": "С понедельника у меня ужасная сыпь, может это от ибупрофена?",
    "uk": "З понеділка в мене жахливий висип, може це від ібупрофену?",
    "ja": "月曜からひどい発疹が出ています、イブプロフェンの副作用でしょうか？",
    "ko": "월요일부터 발진이 심하게 났어요, 이부프로펜 때문인가요?",
    "zh-Hans": "我周一开始起了很严重的皮疹，是不是因为吃了布洛芬？",
    "zh-Hant": "我週一開始起了很嚴重的疹子，是不是因為吃了布洛芬？",
    "ar": "عندي طفح جلدي فظيع من يوم الاثنين، ممكن يكون من ايبوبروفين؟",
}
#: Use told, or a medicine suspected, only behind the wish for another one.
TOLD_LATER = {
    "en": "I have had a rash since Monday. Can I take cetirizine? I started ibuprofen on Sunday.",
    "de": "Ich habe seit Montag Ausschlag. Darf ich Cetirizin nehmen? Ich nehme seit Sonntag Ibuprofen.",
    "fr": "J'ai une éruption depuis lundi. Puis-je prendre de la cétirizine ? Est-ce que ça vient de l'ibuprofène ?",
    "es": "Tengo un sarpullido desde el lunes. ¿Puedo tomar cetirizina? ¿Puede ser por el ibuprofeno?",
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


@pytest.mark.parametrize("lang", SUSPECTED)
@pytest.mark.parametrize("mark", [", ", ". "])
def test_what_a_medicine_is_suspected_of_is_a_duty(lang: str, mark: str, shipped: ScreeningRelease) -> None:
    said = SUSPECTED[lang]
    for comma in (", ", "، ", "，", "、"):
        said = said.replace(comma, mark)
    duties = {finding.duty: finding.score for finding in _screened(shipped, said, lang).findings}
    assert duties[DutyKind.AE] >= QUEUE_THRESHOLD


@pytest.mark.parametrize("lang", AGAIN)
def test_who_asks_to_take_it_again_has_told(lang: str, shipped: ScreeningRelease) -> None:
    duties = {finding.duty: finding.score for finding in _screened(shipped, AGAIN[lang], lang).findings}
    assert duties[DutyKind.AE] >= QUEUE_THRESHOLD


@pytest.mark.parametrize("lang", TOLD_LATER)
def test_a_wish_hides_nothing_that_is_told_behind_it(lang: str, shipped: ScreeningRelease) -> None:
    duties = {finding.duty: finding.score for finding in _screened(shipped, TOLD_LATER[lang], lang).findings}
    assert duties[DutyKind.AE] >= QUEUE_THRESHOLD


@pytest.mark.parametrize("lang", ASKED)
def test_what_is_only_asked_is_not_told(lang: str, shipped: ScreeningRelease) -> None:
    assert _screened(shipped, ASKED[lang], lang).label == 0


@pytest.mark.parametrize("lang", WISHED)
def test_an_illness_before_a_question_about_a_medicine_is_no_reaction_to_it(lang: str, shipped: ScreeningRelease) -> None:
    assert _screened(shipped, WISHED[lang], lang).label == 0


def test_the_kernel_parts_them_as_the_reference_does(shipped: ScreeningRelease) -> None:
    said = [
        (text.replace("~", ""), lang) for group in (TOLD, ASKED, WISHED, SUSPECTED, AGAIN, TOLD_LATER) for lang, text in group.items()
    ] + [(SUPPOSED, "en")]
    assert screen_page(shipped, said) == [_screened(shipped, text, lang) for text, lang in said]


def test_what_is_only_supposed_stays_supposed(shipped: ScreeningRelease) -> None:
    assert _screened(shipped, SUPPOSED, "en").label == 0
