"""Which tables the journal guards, and how. The list stands in code, so that a table that lost its guard is missed.

Every table of the database is in exactly one of the three lists; a test compares them with the models.
"""

from __future__ import annotations

from typing import NamedTuple

#: Regulated tables: every change is an entry. With each, the columns that are left out of the record.
REGULATED: dict[str, tuple[str, ...]] = {
    "people_user": ("password", "last_login", "failed_attempts", "locked_until", "theme", "failed_codes"),
    "people_grant": (),
    "people_deputy": (),
    "people_passkey": ("counter", "last_used_at"),
    "people_codeapp": ("sealed", "last_step", "last_used_at"),
    "people_recoverycode": ("digest",),
    "people_secondsteprule": (),
    "journal_signature": (),
    "registry_company": (),
    "registry_market": (),
    "registry_brand": (),
    "registry_product": (),
    "registry_productstatus": (),
    "registry_labelfacts": (),
    "registry_productname": (),
    "registry_account": (),
    "registry_activity": (),
    "registry_packrelease": (),
    "listening_source": ("cursor", "last_ok_at", "last_post_at", "last_try_at", "failed_tries", "next_try_at"),
    "listening_gap": (),
    "listening_intake": (),
    "listening_judgement": (),
    "listening_releasestart": (),
    "approval_draft": (),
    "approval_picture": (),
    "approval_draftversion": (),
    "approval_checkrun": (),
    "approval_piececheck": (),
    "approval_findinganswer": (),
    "approval_review": (),
    "approval_seal": (),
    "approval_linksnapshot": (),
    "approval_annotation": (),
    "approval_approvedmessage": (),
    "approval_approvedmessage_signatures": (),
    "approval_translation": (),
    "approval_certifiedsentence": (),
    "approval_reuseproof": (),
    "approval_publication": ("seen_at",),
    "approval_readback": (),
    "approval_drift": (),
    "approval_authorityentry": (),
    "approval_authoritywithdrawal": (),
    "approval_filingduty": (),
    "approval_pause": (),
    "approval_embargo": (),
    "approval_claim": (),
    "approval_claimversion": (),
    "approval_claimseal": (),
    "approval_claimwording": (),
    "approval_claimuse": (),
    "approval_extension": (),
    "approval_withdrawal": (),
    "approval_withdrawalstep": ("tries", "next_at"),
    "approval_adrecord": (),
    "training_attempt": (),
    "training_certificate": (),
    "cases_case": (),
    "cases_casepost": (),
    "cases_evidence": (),
    "cases_duty": (),
    "cases_receipt": (),
    "cases_reply": (),
    "cases_happening": (),
    "safety_handover": (),
    "assurance_pilot": (),
    "assurance_notice": ("last_seen_at", "hits", "things"),
    "assurance_legalhold": (),
    "assurance_retentionrun": (),
    "assurance_erasure": (),
    "assurance_hearing": (),
}

#: Tables that refuse UPDATE and DELETE; some of them are regulated as well.
APPEND_ONLY = (
    "journal_entry",
    "journal_leaf",
    "journal_head",
    "journal_signature",
    "listening_releasestart",
    "cases_evidence",
    "cases_receipt",
    "approval_picturecontent",
    "approval_draftversion",
    "approval_checkrun",
    "approval_piececheck",
    "approval_readback",
    "approval_authorityentry",
    "approval_authoritywithdrawal",
    "approval_filingduty",
    "approval_linksnapshot",
    "approval_translation",
    "approval_certifiedsentence",
    "approval_reuseproof",
    "approval_claimversion",
    "approval_claimseal",
    "approval_claimwording",
    "approval_claimuse",
    "safety_handover",
    "assurance_retentionrun",
    "assurance_erasure",
)

#: Tables without a record, each with the reason.
UNREGULATED: dict[str, str] = {
    "journal_installation": "can't be deleted, and `demo` and `uid` can't be changed (triggers); both stand in every signed head",
    "listening_post": "thin row; what was heard is bound by the root of its intake",
    "listening_postversion": "text and raw bytes are bound by the root of its intake",
    "listening_postfinding": "can be computed again from the post and the named pack release; what a case needs is copied as evidence",
    "cases_presence": "who has a case open right now; gone after seconds",
    "assurance_watchround": "when the watch last went round; what it found are entries",
    "approval_sketch": "what was typed and not kept; what is kept is a version, and each version is an entry",
    "assurance_telling": "what people were told; the act behind it is an entry, and so is each acknowledgement and each rung of a climb",
    "assurance_told": "who was told of it, how, and when they said they saw it",
    "assurance_mail": "mails on their way, without a word of a text or a person; what they tell stands in the tellings",
    "newsroom_item": "what is live; compared with what was signed by reading the page back",
    "newsroom_picture": "what is live; its digest is signed with the text and compared by reading the page back",
    "newsroom_comment": "what came in by the public form; regulated from its intake as a post on",
    "people_spentform": "forms sent within the last day, so that none acts twice; the act itself is an entry",
    "people_challenge": "what a passkey was asked to sign in the last minutes; the answer's signature stands with what was signed",
    "people_signedin": "who is signed in on what; gone with the session, while sign-in and its end are entries",
    "newsroom_writer": "how often an address has written to the public form; a keyed digest, gone after ten minutes",
    "django_session": "who is logged in at the moment; the sign-in itself is an entry",
    "django_content_type": "bookkeeping of the web framework",
    "django_migrations": "bookkeeping of the web framework",
    "auth_group": "comes with the web framework; rights are dated grants instead",
    "auth_group_permissions": "comes with the web framework; rights are dated grants instead",
    "auth_permission": "comes with the web framework; rights are dated grants instead",
    "procrastinate_events": "the queue of background work; its acts are entries",
    "procrastinate_jobs": "the queue of background work; its acts are entries",
    "procrastinate_periodic_defers": "the queue of background work; its acts are entries",
    "procrastinate_workers": "the queue of background work; its acts are entries",
}


#: Append-only tables that let rows go under a condition of their own: the function that refuses all others.
OWN_REFUSAL = {"approval_picturecontent": "picture_content_stays"}


class Guard(NamedTuple):
    """A trigger that must be there: on which table, its name, the function it calls, when it fires (pg_trigger.tgtype), its arguments."""

    table: str
    trigger: str
    function: str
    fires: int
    arguments: tuple[str, ...] = ()


#: Bits of pg_trigger.tgtype: row 1, before 2, insert 4, delete 8, update 16, truncate 32.
AFTER_CHANGE, BEFORE_CHANGE, BEFORE_TRUNCATE, BEFORE_INSERT, BEFORE_UPDATE, BEFORE_DELETE, BEFORE_WRITE = 29, 27, 34, 7, 19, 11, 23


def guards() -> list[Guard]:
    """Every trigger the record stands on."""
    found = [Guard(table, "journal_record", "journal_record", AFTER_CHANGE, left_out) for table, left_out in REGULATED.items()]
    found += [Guard(table, "journal_refuse", OWN_REFUSAL.get(table, "journal_refuse"), BEFORE_CHANGE) for table in APPEND_ONLY]
    emptied = sorted({*REGULATED, *APPEND_ONLY})
    found += [Guard(table, "journal_no_truncate", "journal_no_truncate", BEFORE_TRUNCATE) for table in emptied]
    return [
        *found,
        Guard("journal_entry", "journal_date_entry", "journal_date_entry", BEFORE_INSERT),
        Guard("journal_signature", "journal_date_signature", "journal_date_signature", BEFORE_INSERT),
        Guard("journal_installation", "journal_keep_demo", "journal_keep_demo", BEFORE_UPDATE),
        Guard("journal_installation", "journal_refuse", "journal_refuse", BEFORE_DELETE),
        Guard("cases_case", "case_owes_nothing", "case_owes_nothing", BEFORE_WRITE),
    ]


#: SHA-256 of the text of every function behind the guards; a test compares it with the migrations' own.
FUNCTIONS = {
    "candour_is_demo": "a1343ca66ab3c59488e3046e084ae8555659a534bf60f637d672d4e99cb47b76",
    "candour_now": "3827f9d89058c8e45c0fd2b363e9b8de4df79b3a3beafe7f081e25f721bb38e4",
    "case_owes_nothing": "7bb96de51fc3082b76c5616831e34cb8fcc6eb2a2c908f0087edd9771c0b5451",
    "journal_actor": "841c624a2372ecaa34a8cf931f57ad0978f8b5b4c3d05267e06f3864de4cbd62",
    "journal_date_entry": "de49f6b481094da377770c84461ce224dd713b081c1c0c531af2ed0d8840a296",
    "journal_date_signature": "f5064c23075271c783eb5c79429727c4de91246d4169eb1cc9a21837a5a5f367",
    "journal_keep_demo": "7b532ebd036d524614b97b9c0a5739553abd738186d6068259b32acfa3ba64b4",
    "journal_no_truncate": "c799e21dd355a6ac29c93c1b9b3ec7fff716c751db7319926cc47a04f60a7b4f",
    "journal_record": "b22e0da62bd4ef28cb3f2f83b2a8340925cf199b142e63570b8eec68e52836f6",
    "journal_refuse": "9197db0b631ca16ebebe9e73bdf10df49d35389e902ea9b741726517a3eb818b",
    "journal_write": "08d657637d960a44f515709c461c9a38a6f45d6859457a3599c7e639c8cf00c2",
    "picture_content_stays": "f9135a79f3be05562aa5e699e8f71ec7fb360115857abeecb76b325a8d377909",
}
