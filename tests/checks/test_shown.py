"""Signals with hits and misses of their own: pictures in words, forms shown, lives turned round, hints, personal data, idioms."""

from __future__ import annotations

from typing import Any

import pytest

from candour.packs.loader import load_market
from candour.screening.pieces import parse_piece
from candour.screening.signals_code import read_signals

RX = {"product": "Mivrantel (rimovantan)", "product_status": "rx", "indication": "migraine"}
OTC = {"product": "Zovellark (paracetamol)", "product_status": "otc", "indication": "headache"}
HEARD = {**RX, "act": "reply", "third_party_text": "Where is Mivrantel sold?"}


def holds(signal: str, market: str, **fields: Any) -> bool:
    piece = parse_piece({"market": market, **fields})
    pack = load_market(market.lower())
    return read_signals(piece, pack.lexicon).holds(signal, pack)


@pytest.mark.parametrize(
    ("market", "image_text", "told"),
    [
        ("US", "Left photo: hands round a mug, caption January. Right photo: the same hands on a guitar, caption April", True),
        ("UK", "Mirror selfie, spotty chin, dated 1 March; mirror selfie, clear chin, dated 20 April", True),
        ("DE", "Zwei Fotos nebeneinander: links gerötete Wange, rechts dieselbe Wange glatt", True),
        ("FR", "À gauche un ongle jauni, à droite le même pied en sandale : 3 semaines plus tard", True),
        ("ES", "Foto izquierda: labio con costra. Foto derecha: el mismo labio. Cinco días", True),
        ("IT", "Prima foto: nuca, gennaio. Seconda foto: capelli folti, giugno", True),
        ("NL", "Elleboog vol schilfers in januari, dezelfde elleboog gaaf in maart", True),
        ("BR", "À esquerda a pele em março, à direita a mesma pele em maio", True),
        ("SE", "Till vänster armbågen i januari, till höger samma armbåge i mars", True),
        ("DK", "Til venstre albuen i januar, til højre samme albue i marts", True),
        ("JP", "左：1月の肌。右：3月の同じ肌", True),
        ("CN", "左图：1月的皮肤。右图：3月，同一个人", True),
        ("US", "Photo 1: hands round a mug. Photo 2: a clinic door", False),
        ("DE", "Links der Parkplatz im März, rechts dieselbe Stelle im Juli", False),
        ("UK", "Left: bare wall in May. Right: the same wall, painted, in June", False),
        ("DE", "Zwei Tuben nebeneinander: 20 g und 50 g", False),
        ("FR", "Le tube sur fond bleu", False),
        ("ES", "Tubo de 2 g sobre una mesa en enero", False),
        ("IT", "Il nostro laboratorio a destra della mensa", False),
        ("NL", "De tube en de doos", False),
        ("JP", "外箱の写真", False),
        ("CN", "外盒的照片", False),
    ],
)
def test_before_and_after_is_read_in_the_words_for_a_picture(market: str, image_text: str, told: bool) -> None:
    assert holds("before_after_told", market, post_text="", image_text=image_text, **OTC) is told


@pytest.mark.parametrize(
    ("post_text", "image_text", "shown"),
    [
        ("Sunday 💉 and done.", "", True),
        ("Sunday.", "A hand with 💊", True),
        ("Sunday 🩹", "", True),
        ("Sunday ☕ and done.", "", False),
        ("A sunny needle of a church tower.", "", False),
        ("Sunday.", "A hand with a cup", False),
    ],
)
def test_a_form_of_medicine_is_shown_by_a_sign(post_text: str, image_text: str, shown: bool) -> None:
    assert holds("form_shown", "US", post_text=post_text, image_text=image_text, **RX) is shown


@pytest.mark.parametrize(
    ("market", "post_text", "turned"),
    [
        ("US", "From the couch to the dance floor with Mivrantel.", True),
        ("UK", "From bed to boardroom.", True),
        ("US", "From our plant to the pharmacy in two days.", False),
        ("UK", "From Leeds to Bristol by train.", False),
        ("DE", "Vom Werk in die Apotheke in zwei Tagen.", False),
    ],
)
def test_a_life_is_shown_turned_round(market: str, post_text: str, turned: bool) -> None:
    assert holds("transformation", market, post_text=post_text, **RX) is turned


@pytest.mark.parametrize(
    ("market", "post_text", "asked"),
    [
        ("UK", "Pop your NHS number and postcode below and we will chase it.", True),
        ("US", "Comment with your DOB and insurance ID.", True),
        ("DE", "Wie alt sind Sie? Schreiben Sie es hier in die Kommentare.", True),
        ("FR", "Indiquez en commentaire votre date de naissance.", True),
        ("ES", "Déjanos aquí tu nombre completo y tu móvil.", True),
        ("IT", "Scriva qui sotto età e codice fiscale.", True),
        ("NL", "Laat hier even uw geboortedatum achter.", True),
        ("BR", "Manda aqui nos comentários seu CPF.", True),
        ("SE", "Skriv ditt personnummer här.", True),
        ("DK", "Skriv dit cpr-nummer her i tråden.", True),
        ("JP", "コメント欄に生年月日をお書きください。", True),
        ("CN", "请在评论区留下您的手机号。", True),
        ("UK", "Never post your NHS number here.", False),
        ("DE", "Ihre Apotheke hilft Ihnen gern weiter.", False),
        ("FR", "Votre pharmacien peut vérifier ici la disponibilité.", False),
        ("ES", "Tu farmacia puede consultarlo.", False),
        ("NL", "Stuur ons een privébericht met uw telefoonnummer, niet hier.", False),
        ("BR", "Fale conosco por mensagem privada; não deixe seu CPF aqui.", False),
    ],
)
def test_personal_data_are_asked_for_in_public(market: str, post_text: str, asked: bool) -> None:
    assert holds("asks_details", market, post_text=post_text, **HEARD) is asked


@pytest.mark.parametrize(
    ("post_text", "hinted"),
    [
        ("I can't give you the number, I can tell you that we opened the champagne.", True),
        ("Not allowed to post the data, but wow, it works.", True),
        ("Wir dürfen nichts sagen. Nur so viel: Der Sekt steht kalt.", True),
        ("On ne peut rien dire. Disons juste que les chiffres donnent le sourire.", True),
        ("No puedo contar nada. Solo diré que hay champán.", True),
        ("Non posso dire niente. Diciamo che lo spumante è in frigo.", True),
        ("Ik mag nog niets zeggen. Laten we zeggen: de champagne staat koud.", True),
        ("We can't comment before the announcement.", False),
        ("Popcorn and champagne at the film night.", False),
        ("Der Sekt steht kalt: Morgen geht Petra in Rente.", False),
        ("Les chiffres sont publiés ce matin.", False),
    ],
)
def test_unpublished_news_is_hinted_at(post_text: str, hinted: bool) -> None:
    assert holds("corp_hinted", "corp", post_text=post_text, author_role="executive", flags=["listed"]) is hinted


@pytest.mark.parametrize(
    ("post_text", "shown"),
    [
        ("Zovellark bij hoofdpijn. KOAG nr. 1166-1126-0417", True),
        ("Zovellark bij hoofdpijn. KOAG/KAG-nr. 2137-0926-0418", True),
        ("Zovellark bij hoofdpijn. Keuringsraad 2137-0926-0418.", True),
        ("Zovellark bij hoofdpijn. KOAG/KAG in aanvraag.", False),
        ("Zovellark bij hoofdpijn. Bel 070 123 45 67.", False),
    ],
)
def test_the_number_of_the_keuringsraad(post_text: str, shown: bool) -> None:
    assert holds("keuringsraad_number", "NL", post_text=post_text, **OTC) is shown


@pytest.mark.parametrize(
    ("market", "signal", "post_text", "said"),
    [
        ("ES", "claim_absolute", "Zovellark te lo quita sí o sí.", True),
        ("IT", "claim_absolute", "Zovellark non sbaglia un colpo.", True),
        ("SE", "claim_absolute", "Zovellark funkar varenda gång.", True),
        ("DE", "claim_harmless", "Zovellark kann man bedenkenlos nehmen.", True),
        ("NL", "claim_harmless", "Zovellark kan nooit kwaad.", True),
        ("AU", "claim_harmless", "There is nothing in it that could ever do you harm.", True),
        ("JP", "claim_harmless", "何錠でも、体にやさしい。", True),
        ("CN", "claim_harmless", "零风险，随便吃。", True),
        ("SE", "claim_absolute", "Läs alltid bipacksedeln.", False),
        ("ES", "claim_absolute", "Lea las instrucciones y consulte al farmacéutico.", False),
        ("IT", "claim_absolute", "Leggere attentamente il foglio illustrativo.", False),
        ("DE", "claim_harmless", "Zovellark kann Übelkeit verursachen.", False),
        ("NL", "claim_harmless", "Zovellark kan slaperigheid geven.", False),
        ("AU", "claim_harmless", "There is lactose in it.", False),
    ],
)
def test_certainty_and_harmlessness_in_idioms(market: str, signal: str, post_text: str, said: bool) -> None:
    assert holds(signal, market, post_text=post_text, **OTC) is said


def test_a_picture_sign_before_a_capital_letter_ends_a_statement() -> None:
    told = "One Zovellark at the gate and the whole row gets a nap 😴 Always read the leaflet."
    assert holds("off_script", "UK", post_text=told, **OTC)
    assert not holds("off_script", "UK", post_text="Zovellark 💊 Always read the leaflet.", **OTC)


def test_a_form_of_medicine_explains_a_short_sentence_only() -> None:
    assert not holds("off_script", "UK", post_text="Zovellark: 500 mg tablets, 20 pieces.", **OTC)
    assert holds("off_script", "UK", post_text="Zovellark: one tablet and the boss turns into a really nice man again today.", **OTC)


def test_what_is_no_medicine_has_no_label_to_explain_its_use() -> None:
    drops = {"product": "Leafwell drops", "product_status": "none", "post_text": "One scoop of Leafwell and my eczema packed its bags."}
    assert holds("unexplained", "AU", **drops)
    assert not holds("unexplained", "AU", **{**drops, "post_text": "Leafwell drops contain mint."})
