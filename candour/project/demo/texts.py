"""Words of the demo company: articles, templates, and the two texts of the approval story. All invented."""

from __future__ import annotations

from candour.core.terms import DutyKind as D

#: account, thread, language, title, text, day relative to today
ARTICLES = (
    (
        "hollinqvist-de",
        "fragen",
        "de",
        "Fragen an Hollinqvist",
        "Hier können Sie uns schreiben. Wir lesen jede Nachricht und antworten werktags zwischen 9 und 18 Uhr.\n\n"
        "Medizinische Fragen beantworten wir persönlich und nicht öffentlich. In einem Notfall wählen Sie 112.",
        -61,
    ),
    (
        "hollinqvist-us",
        "questions",
        "en",
        "Questions for Hollinqvist",
        "This is the place to write to us. We read every message and answer on weekdays between 9 and 5, Eastern time.\n\n"
        "Medical questions are answered in person, not in public. In an emergency, call 911.",
        -61,
    ),
    (
        "hollinqvist-de",
        "pen-anleitung",
        "de",
        "Die Anleitung zum Pen in leichter Sprache",
        "Die Gebrauchsanweisung unseres Pens gibt es jetzt auch in leichter Sprache, mit großen Bildern und zum Ausdrucken.\n\n"
        "Es gilt immer die Gebrauchsanweisung, die in der Packung liegt.",
        -60,
    ),
    (
        "hollinqvist-us",
        "pen-howto",
        "en",
        "The pen, step by step",
        "The instructions that come in the carton are now here in large print, one picture per step.\n\n"
        "The instructions in your carton are the ones that count.",
        -60,
    ),
    (
        "hollinqvist-de",
        "migraene-tagebuch",
        "de",
        "Ein Tagebuch für Kopfschmerztage",
        "Viele von Ihnen führen Buch über Ihre Kopfschmerztage. Wir haben mit dem Kopfwehbund e. V. ein Tagebuch gestaltet, das auf zwei "
        "Seiten pro Monat passt und sich leicht ausdrucken lässt.\n\n"
        "Es nennt kein Medikament und gehört Ihnen: Wir bekommen nichts davon zu sehen.",
        -20,
    ),
    (
        "hollinqvist-us",
        "migraine-diary",
        "en",
        "A diary for headache days",
        "Many of you keep a record of your headache days. This one fits a month on two pages and prints on any printer.\n\n"
        "It names no medicine and it is yours: nothing of it comes to us.",
        -20,
    ),
)

#: The thread of the article that shows a picture.
ILLUSTRATED = "migraene-tagebuch"

#: What the United States newsroom says about a prescription medicine: title, text, day, and the number of its Form FDA 2253 (none yet:
#: the submission is owed).
US_PRODUCT_TEXTS = (
    (
        "Mivrantel: what it is for, and its risks",
        "Mivrantel (orvacept) is indicated for the prevention of migraine in adults.\n\n"
        "Its label has a boxed warning: severe allergic reactions and fainting can occur with the first doses. It is not for anyone under "
        "18. The full prescribing information has all risks: ask your doctor or pharmacist for it.",
        -33,
        "NDA 219999, 0042",
    ),
    (
        "The first doses of Mivrantel",
        "Mivrantel (orvacept) is indicated for the prevention of migraine in adults. The first doses are given where help is at hand, "
        "because the label carries a boxed warning: severe allergic reactions and fainting with the first doses. It is not for anyone "
        "under 18.",
        -3,
        "",
    ),
)

#: Templates for the newsroom's public form, whose writers often leave no name.
FORM_TEMPLATES = {
    "de": (
        (
            "Antwort im Formular: mögliche Nebenwirkung, privat weiter",
            "Guten Tag, danke, dass Sie uns das schreiben; es tut uns leid, dass es Ihnen und Ihrer Familie so geht. Wir nehmen "
            "jede Meldung ernst. Rufen Sie uns unter {phone} an oder schreiben Sie an {private_contact}, damit wir mehr erfahren "
            "können. Wenn es schlimmer wird, "
            "warten Sie nicht: Ärztin, Arzt oder {emergency} anrufen. Melden können Sie es auch an: {reporting_route}. "
            "{signer} vom Community-Team, {company}",
            (D.AE, D.SPECIAL_SITUATION),
        ),
    ),
    "en": (
        (
            "Answer in the form: possible side effect, go private",
            "Hello, thank you for writing to us, and we are sorry to read this. We take every report seriously. Call us at {phone} or "
            "write to {private_contact}, so that we can learn more. If it gets worse, do not wait: call a doctor or "
            "{emergency}. You can also report it to: {reporting_route}. {signer} from the community team, {company}",
            (D.AE, D.SPECIAL_SITUATION),
        ),
    ),
}

OLD_TEMPLATE = (
    "Dank für Lob, Fassung vom letzten Jahr",
    "Guten Tag, wir haben uns über Ihre Nachricht gefreut und geben sie weiter. {signer} vom Community-Team, {company}",
    (D.PRAISE,),
)

MANDATORY = "Zu Risiken und Nebenwirkungen lesen Sie die Packungsbeilage und fragen Sie Ihre Ärztin, Ihren Arzt oder in Ihrer Apotheke."

STORY_ORIGINAL = (
    "Zovellark im Herbst",
    f"Kopfschmerzen im Herbst? Zovellark (Belodrin) ist zugelassen bei Kopfschmerzen und Regelschmerzen. {MANDATORY}",
)

#: A message that travels: the source, and each language with title, sentences and (no) description of a picture.
DIARY = (
    "Ein Blatt für Kopfschmerztage",
    "Viele von Ihnen führen Buch über Ihre Kopfschmerztage. Unser Blatt hat 2 Seiten im Monat und nennt kein Medikament. "
    "Es gehört Ihnen: Wir bekommen nichts davon zu sehen.",
)
DIARY_EN = (
    "A sheet for headache days",
    "Many of you keep a record of your headache days.",
    "Our sheet has 2 pages a month and names no medicine.",
    "It is yours: we get to see nothing of it.",
    "",
)
DIARY_FR = (
    "Une feuille pour les jours de mal de tête",
    "Vous êtes nombreux à noter vos jours de mal de tête.",
    "Notre feuille compte 2 pages par mois et ne nomme aucun médicament.",
    "Elle est à vous : nous n’en voyons rien.",
    "",
)
ZOVELLARK_ES = (
    "Zovellark en otoño",
    "¿Dolor de cabeza en otoño?",
    "Zovellark (Belodrin) está autorizado para el dolor de cabeza y el dolor menstrual.",
    "Para los riesgos y efectos adversos lea el prospecto y consulte a su médico o farmacéutico.",
    "",
)

STORY_DRAFT = (
    "Zovellark im Winter",
    "Kopfschmerzen im Winter? Zovellark (Belodrin) ist zugelassen bei Kopfschmerzen und Regelschmerzen, garantiert ohne Nebenwirkungen. "
    f"{MANDATORY}",
)
STORY_MENDED = (
    f"Kopfschmerzen im Winter? Zovellark (Belodrin) ist zugelassen bei Kopfschmerzen und Regelschmerzen ab 12 Jahren. {MANDATORY}"
)
#: A text in its second round, and two answers to praise that wait for the same decision.
REVIEWED_FIRST = (
    "Zovellark auf Reisen",
    "Kopfschmerzen auf Reisen? Zovellark (Belodrin) ist zugelassen bei Kopfschmerzen und Regelschmerzen, für Erwachsene und Kinder. "
    f"{MANDATORY}",
)
REVIEWED_AGAIN = (
    f"Kopfschmerzen auf Reisen? Zovellark (Belodrin) ist zugelassen bei Kopfschmerzen und Regelschmerzen ab 12 Jahren. {MANDATORY}"
)
WAITING_ANSWERS = (
    ("Dank für ein Lob, kurz", "Guten Tag, danke für Ihre freundlichen Worte. {signer} vom Community-Team, {company}"),
    (
        "Dank für ein Lob, mit Weitergabe",
        "Guten Tag, danke, wir geben Ihre freundlichen Worte weiter. {signer} vom Community-Team, {company}",
    ),
)

#: What goes out in the weeks ahead: account, title, text, days from now.
#: One message in three texts: the newsroom's, and those that Bluesky and Mastodon have of their own.
THREE_TEXTS = (
    "Was im Kopfschmerztagebuch steht",
    "Wer seine Kopfschmerztage aufschreibt, kann beim nächsten Termin in der Praxis genauer erzählen. Unser Blatt fragt nach fünf Dingen: "
    "Datum, Dauer, Stärke, Schlaf und Wetter. Mehr braucht es nicht, und weniger wird oft vergessen.\n\n"
    "Das Blatt gibt es zum Ausdrucken in großer und in normaler Schrift. Es nennt kein Medikament. Was Sie eintragen, bleibt bei Ihnen: "
    "Wir bekommen nichts davon zu sehen, und es gibt keine App dazu.\n\n"
    "Das Blatt haben wir mit dem Kopfwehbund e. V. gestaltet. Anregungen dazu lesen wir gern, hier im Newsroom oder per Post.",
    "Fünf Dinge gehören in ein Kopfschmerztagebuch: Datum, Dauer, Stärke, Schlaf und Wetter. Unser Blatt zum Ausdrucken fragt genau "
    "danach. Es nennt kein Medikament, und was Sie eintragen, bleibt bei Ihnen.",
    "Fünf Dinge gehören in ein Kopfschmerztagebuch: Datum, Dauer, Stärke, Schlaf und Wetter.\n\nUnser Blatt zum Ausdrucken, gestaltet mit "
    "dem Kopfwehbund e. V., fragt genau danach. Es nennt kein Medikament, und was Sie eintragen, bleibt bei Ihnen. Anregungen "
    "lesen wir gern.",
)

PLANNED = (
    ("linkedin-corp", "Ausbildung 2027", "Wir suchen Auszubildende für unser Labor in Köln. Bewerben Sie sich bis Ende März.", 1),
    ("hollinqvist-de", "Tag der offenen Tür", "Am ersten Samstag im Monat öffnen wir unser Werk für Besucher. Der Eintritt ist frei.", 2),
    ("hollinqvist-de", "Unser Jahresbericht", "Unser Jahresbericht ist da. Er zeigt, wofür wir unsere Mittel ausgeben.", 9),
    ("hollinqvist-de", "Neue Öffnungszeiten", "Unser Telefon ist ab dem nächsten Monat werktags von 8 bis 19 Uhr besetzt.", 16),
)
