"""Promise: the plainest sentence of drug safety ("since I take X I have Y") is found in every language, undeclared."""

from __future__ import annotations

import pytest

from candour.screening import engine
from candour.screening.engine import ScreeningRelease

#: The sentence of each language, and what people say they have.
SAID = {
    "en": (
        "Since I started sertraline I have {}",
        "a headache|nausea|diarrhoea|a rash|been dizzy|insomnia|dry mouth|hair loss|been constipated|"
        "palpitations|itchy skin|blurred vision|been so tired",
    ),
    "de": (
        "Seit ich Sertralin nehme, habe ich {}",
        "Kopfschmerzen|Durchfall|Ausschlag|Schwindel|Schlafstörungen|Mundtrockenheit|Haarausfall|"
        "Verstopfung|Herzrasen|Juckreiz|Bauchschmerzen|Krämpfe|Übelkeit",
    ),
    "fr": (
        "Depuis que je prends sertraline, j'ai {}",
        "mal à la tête|la nausée|la diarrhée|des boutons|des vertiges|des insomnies|la bouche sèche|"
        "des palpitations|des démangeaisons|mal au ventre|des crampes|perdu mes cheveux",
    ),
    "es": (
        "Desde que tomo sertralina tengo {}",
        "dolor de cabeza|náuseas|diarrea|un sarpullido|mareos|insomnio|la boca seca|caída del pelo|"
        "estreñimiento|palpitaciones|picor|la vista borrosa|calambres",
    ),
    "pt-BR": (
        "Desde que comecei a tomar sertralina estou com {}",
        "dor de cabeça|enjoo|diarreia|alergia na pele|tontura|insônia|boca seca|queda de cabelo|"
        "prisão de ventre|palpitação|coceira|visão embaçada|muito sono",
    ),
    "it": (
        "Da quando prendo la sertralina ho {}",
        "mal di testa|nausea|diarrea|uno sfogo sulla pelle|le vertigini|insonnia|la bocca secca|"
        "perso i capelli|stitichezza|palpitazioni|prurito|la vista offuscata|crampi",
    ),
    "nl": (
        "Sinds ik sertraline slik heb ik {}",
        "hoofdpijn|last van misselijkheid|diarree|uitslag|last van duizeligheid|slapeloosheid|"
        "een droge mond|haaruitval|hartkloppingen|jeuk|buikpijn|kramp",
    ),
    "pl": (
        "Odkąd biorę sertralinę, mam {}",
        "bóle głowy|nudności|biegunkę|wysypkę|zawroty głowy|bezsenność|suchość w ustach|zaparcia|kołatanie serca|swędzenie skóry|skurcze",
    ),
    "cs": (
        "Od té doby, co beru sertralin, mám {}",
        "bolesti hlavy|průjem|vyrážku|závratě|nespavost|sucho v ústech|zácpu|bušení srdce|svědění|křeče",
    ),
    "ru": (
        "С тех пор как пью сертралин, у меня {}",
        "болит голова|тошнота|понос|сыпь|кружится голова|бессонница|сухость во рту|выпадают волосы|запор|сердцебиение|зуд|судороги",
    ),
    "uk": (
        "Відколи п'ю сертралін, у мене {}",
        "болить голова|нудота|пронос|висип|паморочиться в голові|безсоння|сухість у роті|випадає волосся|закреп|серцебиття|свербіж",
    ),
    "tr": (
        "Sertralin kullanmaya başladığımdan beri {} var",
        "baş ağrım|mide bulantım|ishalim|döküntüm|baş dönmem|uykusuzluğum|ağız kuruluğum|saç dökülmem|"
        "kabızlığım|çarpıntım|kaşıntım|kramplarım",
    ),
    "ja": (
        "セルトラリンを飲み始めてから{}",
        "頭痛がする|吐き気がする|下痢が続く|発疹が出た|めまいがする|眠れない|口が渇く|髪が抜ける|便秘になった|動悸がする|かゆい|眠くてたまらない",
    ),
    "zh-Hans": (
        "吃了舍曲林之后我一直{}",
        "头痛|恶心|拉肚子|起皮疹|头晕|失眠|口干|掉头发|便秘|心慌|皮肤痒|抽筋",
    ),
    "zh-Hant": (
        "吃了樂復得之後我一直{}",
        "頭痛|噁心|拉肚子|起疹子|頭暈|失眠|口乾|掉頭髮|便秘|心悸|皮膚癢|抽筋",
    ),
    "ko": (
        "졸로푸트 먹고 나서 {}",
        "두통이 심해요|속이 메스꺼워요|설사를 해요|두드러기가 났어요|어지러워요|"
        "잠을 못 자요|입이 말라요|머리카락이 빠져요|변비가 생겼어요|심장이 두근거려요|가려워요",
    ),
    "ar": (
        "من يوم ما بدأت زولوفت وأنا عندي {}",
        "صداع|غثيان|إسهال|طفح جلدي|دوخة|أرق|جفاف في الفم|تساقط شعر|إمساك|خفقان|حكة|تشنجات",
    ),
}


@pytest.fixture(scope="module")
def shipped() -> ScreeningRelease:
    return engine.release()


@pytest.mark.parametrize("lang", SAID)
def test_the_plainest_sentence_is_found_whatever_the_reaction(lang: str, shipped: ScreeningRelease) -> None:
    sentence, reactions = SAID[lang]
    missed = [one for one in reactions.split("|") if not engine.screen_text(shipped, sentence.format(one)).label]
    assert missed == []


def test_no_turn_of_speech_reaches_across_a_comma(shipped: ScreeningRelease) -> None:
    """In German "nehmen" and "übel" make "to hold against somebody", and "since I take it, I feel sick" as well."""
    assert engine.screen_text(shipped, "Seit ich Sertralin nehme, ist mir übel", "de").label == 1
    assert engine.screen_text(shipped, "Das nehme ich der Praxis nicht übel", "de").label == 0
