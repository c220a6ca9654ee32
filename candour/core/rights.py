"""Functions people hold and the acts each may do. One table; compiled in `candour.people.rights` to a test and to a filter."""

from __future__ import annotations

from enum import StrEnum


class Function(StrEnum):
    """What a person does in the company's social-media work; held by a dated grant."""

    COMMUNITY_MANAGER = "community_manager"
    AUTHOR = "author"
    MEDICAL_REVIEWER = "medical_reviewer"
    LEGAL_REVIEWER = "legal_reviewer"
    REGULATORY_REVIEWER = "regulatory_reviewer"
    DRUG_SAFETY = "drug_safety"
    QUALITY = "quality"
    MEDICAL_INFORMATION = "medical_information"
    COUNTRY_LEAD = "country_lead"
    COE_LEAD = "coe_lead"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    LISTENER = "listener"
    PUBLISHER = "publisher"


F = Function

#: act -> functions that may do it. "see" acts are reads; the auditor appears only there.
ACTS: dict[str, frozenset[Function]] = {
    "case.see": frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY, F.QUALITY, F.MEDICAL_INFORMATION, F.COUNTRY_LEAD, F.COE_LEAD, F.AUDITOR}),
    "case.triage": frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY, F.MEDICAL_INFORMATION}),
    "case.assign": frozenset({F.COMMUNITY_MANAGER, F.COUNTRY_LEAD, F.DRUG_SAFETY}),
    "case.reply": frozenset({F.COMMUNITY_MANAGER}),
    "case.hand_over": frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY}),
    "case.close": frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY, F.QUALITY, F.MEDICAL_INFORMATION}),
    "receipt.safety": frozenset({F.DRUG_SAFETY}),
    "receipt.quality": frozenset({F.QUALITY}),
    "receipt.medical": frozenset({F.MEDICAL_INFORMATION}),
    "post.see": frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY, F.QUALITY, F.MEDICAL_INFORMATION, F.COUNTRY_LEAD, F.COE_LEAD, F.AUDITOR}),
    "draft.see": frozenset(
        {F.AUTHOR, F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER, F.COUNTRY_LEAD, F.COE_LEAD, F.AUDITOR, F.COMMUNITY_MANAGER}
    ),
    "draft.write": frozenset({F.AUTHOR}),
    "draft.submit": frozenset({F.AUTHOR}),
    "draft.publish": frozenset({F.AUTHOR, F.COE_LEAD}),
    "message.withdraw": frozenset({F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER, F.COUNTRY_LEAD, F.COE_LEAD}),
    "claim.write": frozenset({F.AUTHOR, F.MEDICAL_REVIEWER, F.REGULATORY_REVIEWER}),
    "publication.pause": frozenset({F.COUNTRY_LEAD, F.COE_LEAD}),
    "piece.check": frozenset(set(F) - {F.LISTENER, F.PUBLISHER, F.AUDITOR}),
    "seal.medical": frozenset({F.MEDICAL_REVIEWER}),
    "seal.legal": frozenset({F.LEGAL_REVIEWER}),
    "seal.regulatory": frozenset({F.REGULATORY_REVIEWER}),
    "authority.see": frozenset(
        {F.AUTHOR, F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER, F.COUNTRY_LEAD, F.COE_LEAD, F.AUDITOR}
    ),
    "authority.enter": frozenset({F.REGULATORY_REVIEWER}),
    "authority.withdraw": frozenset({F.REGULATORY_REVIEWER}),
    "library.see": frozenset(
        {F.AUTHOR, F.COMMUNITY_MANAGER, F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER, F.COUNTRY_LEAD, F.COE_LEAD, F.AUDITOR}
    ),
    "ad.record": frozenset({F.AUTHOR, F.COUNTRY_LEAD}),
    "message.inspect": frozenset({F.AUDITOR, F.COUNTRY_LEAD, F.COE_LEAD}),
    "reuse.see": frozenset({F.AUTHOR, F.COUNTRY_LEAD, F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER}),
    "reuse.sign": frozenset({F.COUNTRY_LEAD, F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER}),
    "reuse.ask": frozenset({F.AUTHOR, F.COUNTRY_LEAD}),
    "translation.write": frozenset({F.AUTHOR, F.COUNTRY_LEAD}),
    "translation.certify": frozenset({F.COUNTRY_LEAD, F.MEDICAL_REVIEWER, F.LEGAL_REVIEWER, F.REGULATORY_REVIEWER}),
    "registry.see": frozenset(set(F) - {F.LISTENER, F.PUBLISHER}),
    "registry.change": frozenset({F.COE_LEAD, F.COUNTRY_LEAD, F.ADMINISTRATOR}),
    "source.see": frozenset({F.COMMUNITY_MANAGER, F.DRUG_SAFETY, F.COUNTRY_LEAD, F.COE_LEAD, F.AUDITOR, F.ADMINISTRATOR}),
    "source.change": frozenset({F.COE_LEAD, F.ADMINISTRATOR}),
    "post.import": frozenset({F.COMMUNITY_MANAGER, F.COE_LEAD, F.ADMINISTRATOR}),
    "pack.activate": frozenset({F.COE_LEAD}),
    "journal.see": frozenset({F.AUDITOR, F.COE_LEAD, F.ADMINISTRATOR}),
    "people.see": frozenset({F.COE_LEAD, F.AUDITOR, F.ADMINISTRATOR, F.COUNTRY_LEAD}),
    "people.change": frozenset({F.ADMINISTRATOR, F.COE_LEAD}),
    "drift.close": frozenset({F.AUTHOR, F.COE_LEAD}),
    "notice.see": frozenset({F.COE_LEAD, F.AUDITOR, F.ADMINISTRATOR}),
    "system.mend": frozenset({F.ADMINISTRATOR, F.COE_LEAD}),
    "pilot.change": frozenset({F.COE_LEAD, F.ADMINISTRATOR}),
    "retention.see": frozenset({F.LEGAL_REVIEWER, F.COE_LEAD, F.AUDITOR, F.ADMINISTRATOR}),
    "retention.run": frozenset({F.LEGAL_REVIEWER, F.COE_LEAD, F.LISTENER}),
    "retention.hold": frozenset({F.LEGAL_REVIEWER, F.COE_LEAD}),
    "retention.erase": frozenset({F.LEGAL_REVIEWER, F.COE_LEAD}),
    "retention.export": frozenset({F.LEGAL_REVIEWER, F.COE_LEAD}),
    "listen.receive": frozenset({F.LISTENER}),
    "publication.send": frozenset({F.PUBLISHER}),
}

#: Acts that speak or decide for the company: they also need a valid certificate at the moment of the act.
NEEDS_CERTIFICATE = frozenset(
    {
        "case.reply",
        "draft.submit",
        "seal.medical",
        "seal.legal",
        "seal.regulatory",
        "authority.enter",
        "ad.record",
        "reuse.sign",
        "reuse.ask",
        "translation.certify",
    }
)


def functions_for(act: str) -> frozenset[Function]:
    """Functions that may do `act`; an unknown act is a programming error and raises KeyError."""
    return ACTS[act]
