"""What screening says of one post: the story's post, the lights a symptom is told in, products, languages, the four criteria."""

from __future__ import annotations

import pytest

from candour.core.terms import SAFETY_DUTIES, DutyKind
from candour.screening.adverse import NO_MEDICINE_CAP
from candour.screening.criteria import criteria, nameless
from candour.screening.engine import ScreeningRelease, release, screen_text
from candour.screening.products import Product, ProductTerm, dictionary, read_products
from candour.screening.result import QUEUE_THRESHOLD, SAFETY_THRESHOLD, Screened
from tests.screening.conftest import PRODUCTS

MOTHER = (
    "Meine Tochter (15) nimmt seit drei Tagen Zovellark gegen Kopfschmerzen. Seit gestern Abend hat sie überall roten Ausschlag "
    "und ihr ist schwindelig. Soll ich es absetzen?"
)


def _words(screened: Screened, duty: DutyKind) -> tuple[str, ...]:
    return tuple(span.words for one in screened.findings if one.duty == duty for span in one.spans)


def test_the_mothers_post_is_an_adverse_event_with_a_question(compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, MOTHER)
    assert (screened.lang, screened.label, screened.products) == ("de", 1, ("Zovellark",))
    assert screened.score >= 0.9
    assert screened.duties == (DutyKind.AE, DutyKind.MIR)
    assert _words(screened, DutyKind.AE) == ("Zovellark", "Ausschlag", "schwindelig")


def test_the_mothers_post_gives_three_criteria_and_says_what_was_looked_for(compiled: ScreeningRelease) -> None:
    found = criteria(screen_text(compiled, MOTHER), "Gast")
    assert found.patient.words == ("Meine Tochter", "(15)")
    assert found.product.words == ("Zovellark",)
    assert found.event.words == ("Ausschlag", "schwindelig")
    assert (found.reporter.found, found.reporter.note) == (False, "not found: looked for a name, handle or contact")
    assert found.missing == ("reporter",)


@pytest.mark.parametrize(("author", "text"), [("sabine_k_1980", MOTHER), ("Gast", f"{MOTHER} Mail: gerda.kraus@example.org")])
def test_a_handle_or_a_contact_in_the_text_makes_a_reporter(author: str, text: str, compiled: ScreeningRelease) -> None:
    assert criteria(screen_text(compiled, text), author).complete


@pytest.mark.parametrize("author", ["", "Gast", "guest123", "Anonymous", "@user", "  ", "4711"])
def test_names_that_identify_nobody(author: str) -> None:
    assert nameless(author)


@pytest.mark.parametrize(
    "reason",
    ["Skin rash, said of another person, 9 words after a product", "put down to the medicine or following it"],
)
def test_the_reason_says_what_was_understood(reason: str, compiled: ScreeningRelease) -> None:
    assert reason in screen_text(compiled, MOTHER).findings[0].why


@pytest.mark.parametrize(
    ("told", "not_told"),
    [
        ("I got a rash from Zovellark", "I got no rash from Zovellark"),
        ("Zovellark made me dizzy", "I am afraid of Zovellark making me dizzy"),
        ("Mivrantel caused nausea and vomiting", "Mivrantel: no nausea, vomiting or headache"),
        ("I took Zovellark before I had a rash", "I had a rash before I took Zovellark"),
        ("I am on Mivrantel and now I have a migraine", "I take Mivrantel for my migraine"),
        ("two weeks ago I began Mivrantel, I have had cramps for a week", "I have had cramps for two years, a week ago I began Mivrantel"),
        ("Ich habe Ausschlag von Zovellark", "Ausschlag hatte ich keinen, Zovellark ist prima"),
        ("Seit Mivrantel habe ich Schwindel", "Bekommt man von Mivrantel Schwindel?"),
        ("Mivrantel macht mich müde", "Ich habe Angst, dass Mivrantel müde macht"),
    ],
)
def test_how_a_symptom_is_told_decides(told: str, not_told: str, compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, told).score >= QUEUE_THRESHOLD > screen_text(compiled, not_told).score


def test_withdrawal_is_an_adverse_event_beyond_its_label(compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, "Came off Mivrantel, brain zaps")
    finding = next(one for one in screened.findings if one.duty == DutyKind.AE)
    assert finding.score > screened.score
    assert "after stopping the medicine" in finding.why


def test_lack_of_effect_is_a_special_situation_and_no_adverse_event(compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, "Mivrantel doesn't work at all")
    assert (screened.label, screened.duties) == (0, (DutyKind.SPECIAL_SITUATION,))


@pytest.mark.parametrize(
    "text",
    ["Thank you, great service", "Buy cheap pills online, click this link, no prescription needed", "Nobody answers, on hold for an hour"],
)
def test_praise_spam_and_service_complaints_open_no_safety_clock(text: str, compiled: ScreeningRelease) -> None:
    duties = screen_text(compiled, text).duties
    assert duties
    assert not SAFETY_DUTIES.intersection(duties)


def test_the_safety_threshold_lies_below_the_queue_threshold(compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, "I have a rash")  # of no medicine: seen by drug safety, no row of the inbox
    assert screened.duties == (DutyKind.AE,)
    assert SAFETY_THRESHOLD <= screened.findings[0].score < QUEUE_THRESHOLD


@pytest.mark.parametrize(
    "text",
    [
        "zovellark",
        "ZOVELLARK",
        "Zovellarks",
        "Zovellarktabletten",
        "#ZovellarkHilft",
        "#zovellarkausschlag",
        "Zo\u200bvellark",
        "zovelark",
        "Ｚｏｖｅｌｌａｒｋ",
    ],
)
def test_product_names_are_found_as_people_write_them(text: str, compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, f"ja {text}!").products == ("Zovellark",)


@pytest.mark.parametrize("text", ["Zovellärk", "xZovellark", "Zovellarkя"])
def test_a_product_name_inside_another_word_is_none(text: str, compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, text).products == ()


def test_an_ambiguous_name_needs_another_sign_of_a_medicine(compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, "Clara hat heute Geburtstag und ist froh").products == ()
    assert screen_text(compiled, "Mein Pen Clara ist heute angekommen").products == ("Clara",)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("花粉症で微熱が出て水も飲めなくなってしまった", "ja"),
        ("Depuis que je prends Zovellark, j'ai des vertiges et ma fille aussi", "fr"),
        ("Desde que tomo Zovellark me duele la cabeza y no puedo dormir", "es"),
        ("Da quando prendo Zovellark ho la nausea e non dormo più", "it"),
        ("Desde que comecei com Zovellark não consigo dormir e estou com tontura", "pt-BR"),
        ("Sinds ik Zovellark gebruik heb ik last van mijn maag en ben ik moe", "nl"),
        ("Od kiedy biorę Zovellark boli mnie głowa i nie mogę spać", "pl"),
        ("Od té doby, co beru Zovellark, mě bolí hlava a je mi špatně", "cs"),
        ("После Zovellark у меня болит голова и тошнота", "ru"),
        ("Після Zovellark у мене болить голова і нудота", "uk"),
        ("Zovellark aldıktan sonra başım çok ağrıyor ve midem bulanıyor", "tr"),
        ("منذ أن تناولت زوفيلارك وأنا أشعر بدوار شديد", "ar"),
        ("吃了药以后头很痛，还想吐", "zh-Hans"),
        ("약을 먹고 나서 머리가 아프고 토했어요", "ko"),
        ("???", "und"),
        ("", "und"),
    ],
)
def test_a_post_without_a_pack_is_never_passed_in_silence(text: str, lang: str, compiled: ScreeningRelease) -> None:
    screened = screen_text(compiled, text)
    assert (screened.lang, screened.unscreened_language) == (lang, lang not in compiled.packs)


def test_a_short_post_is_read_in_its_declared_language(compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, "Zovellark!", "de-DE").lang == "de"
    assert screen_text(compiled, "Zovellark!", "sv").unscreened_language


def test_the_release_name_changes_with_the_dictionary_and_with_nothing_else(compiled: ScreeningRelease) -> None:
    one = dictionary([ProductTerm("Mivrantel", Product("Mivrantel", "rx")), ProductTerm("Zovellark", Product("Zovellark", "otc"))])
    other = dictionary(reversed(one.terms))
    assert release(one).name == release(other).name
    assert release(one).name != compiled.name
    assert compiled.name.startswith("screening@")
    assert len(compiled.name) == len("screening@") + 10


def test_the_shipped_substances_serve_without_a_dictionary() -> None:
    assert screen_text(release(), "I got hives from ibuprofen").products == ("ibuprofen",)


def _adverse(screened: Screened) -> float:
    """Score of the AE duty, 0 where there is none."""
    return max((one.score for one in screened.findings if one.duty == DutyKind.AE), default=0.0)


@pytest.mark.parametrize(
    ("reaction", "disease"),
    [
        ("Since I take Mivrantel my migraines got worse", "Mivrantel is my second try, the migraine is an old friend"),
        ("Two hours after the first Zovellark: headache", "Zovellark lives in my bag, headaches are loud"),
        ("Seit ich Mivrantel nehme, ist die Migräne schlimmer", "Mivrantel im Rucksack, Migräne im Kalender"),
        ("Nach der zweiten Zovellark plötzlich Regelschmerzen", "Zovellark und Regelschmerzen, mein Wochenende"),
    ],
)
def test_the_disease_itself_is_no_adverse_event_unless_tied_to_the_medicine(
    reaction: str, disease: str, compiled: ScreeningRelease
) -> None:
    assert _adverse(screen_text(compiled, reaction)) >= QUEUE_THRESHOLD > _adverse(screen_text(compiled, disease))


def test_without_a_sign_of_a_medicine_the_duty_stays_below_the_queue_and_the_score_does_not() -> None:
    compiled = release(read_products(PRODUCTS))
    screened = screen_text(compiled, "My son had hives, vomiting, fever and diarrhoea after lunch")
    assert screened.score >= QUEUE_THRESHOLD
    assert _adverse(screened) <= NO_MEDICINE_CAP
    assert _adverse(screen_text(compiled, "My son had hives, vomiting, fever and diarrhoea after these pills")) >= QUEUE_THRESHOLD


def test_an_indication_of_the_dictionary_is_no_product_and_no_adverse_event() -> None:
    rows = [*read_products(PRODUCTS).terms, ProductTerm("hives", Product("Mivrantel", "indication"))]
    screened = screen_text(release(dictionary(rows)), "Mivrantel, my hives and the moon")
    assert screened.products == ("Mivrantel",)
    assert len(screened.mentions) == 1
    assert _adverse(screened) == 0.0
    assert _adverse(screen_text(release(read_products(PRODUCTS)), "Mivrantel, my hives and the moon")) >= QUEUE_THRESHOLD


def test_thanks_for_nothing_is_no_praise(compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, "Thanks for nothing").duties == ()
    assert DutyKind.PRAISE in screen_text(compiled, "Thanks for the diary").duties


@pytest.mark.parametrize("text", ["Zovellark arrived. What a strange time to be alive", "Is it going to rain in Hamburg tomorrow?"])
def test_a_question_needs_a_product_and_a_question(text: str, compiled: ScreeningRelease) -> None:
    assert DutyKind.MIR not in screen_text(compiled, text).duties


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fi", "Tyttäreni tuli todella kipeäksi lääkkeen ottamisen jälkeen ja se oli kamalaa"),
        ("sv", "Min dotter blev jättesjuk efter att hon tog medicinen och det var hemskt"),
        ("sv", "Tack så mycket för den här medicinen men den hjälpte mig inte alls"),
        ("da", "Min datter blev meget syg efter at hun tog medicinen og det var forfærdeligt"),
        ("hu", "A lányom nagyon beteg lett a gyógyszer után és ez szörnyű volt"),
        ("ro", "Fiica mea s-a îmbolnăvit foarte tare după ce a luat medicamentul și a fost groaznic"),
        ("vi", "Con gái tôi bị ốm rất nặng sau khi uống thuốc và điều đó thật kinh khủng"),
        ("id", "Anak saya sakit sekali setelah minum obat ini dan itu sangat buruk"),
        ("hr", "Moja kći se jako razboljela nakon lijeka i to je bilo grozno"),
        ("el", "Η κόρη μου αρρώστησε πολύ μετά το φάρμακο και ήταν φρικτό"),
        ("hi", "मेरी बेटी दवा के बाद बहुत बीमार हो गई"),
    ],
)
def test_a_language_nobody_screens_goes_before_a_person_undeclared_and_declared(compiled: ScreeningRelease, lang: str, text: str) -> None:
    assert screen_text(compiled, text).unscreened_language
    assert screen_text(compiled, text, lang).unscreened_language


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("bg", "Дъщеря ми се разболя много след лекарството и беше ужасно"),
        ("sr", "Моја ћерка се јако разболела после лека и било је ужасно"),
        ("fa", "دخترم بعد از خوردن دارو خیلی مریض شد و وحشتناک بود"),
    ],
)
def test_a_declared_language_in_the_script_of_another_goes_before_a_person(compiled: ScreeningRelease, lang: str, text: str) -> None:
    assert screen_text(compiled, text, lang).unscreened_language


@pytest.mark.parametrize(
    ("told", "not_told"),
    [
        ("Seit der Salbe Juckreiz ohne Ende", "Der Juckreiz ist nach der Salbe unverändert"),
        ("Depuis la Zovellark j'ai des vertiges", "J'avais des vertiges, une Zovellark et c'était passé"),
        ("El viejo se desmayó con Zovellark", "En la serie de anoche el viejo se desmayó con Zovellark"),
        ("Prendo Zovellark e ho vomitato", "Lunedì inizio Zovellark. Vomito di sicuro"),
        ("Unter Zovellark Fieber bekommen", "Fieber? Zovellark. Zu Risiken und Nebenwirkungen lesen Sie die Packungsbeilage"),
    ],
)
def test_what_is_unchanged_treated_played_ahead_or_advertised_is_no_reaction(told: str, not_told: str, compiled: ScreeningRelease) -> None:
    assert (screen_text(compiled, told).label, screen_text(compiled, not_told).label) == (1, 0)


@pytest.mark.parametrize("text", ["Von Neuprazol Durchfall bekommen", "Con la neuvastatina ho i crampi"])
def test_a_medicine_is_heard_by_the_ending_of_its_class(text: str, compiled: ScreeningRelease) -> None:
    assert screen_text(compiled, text).score > NO_MEDICINE_CAP
