"""What follows in a case when its reply stands live as signed."""

from __future__ import annotations

from datetime import datetime

from candour.cases import actions as cases
from candour.cases.models import Case, Reply
from candour.people.models import User


def reply_seen_live(by: User, reply: Reply, now: datetime) -> None:
    """The service clock stops at the moment the reply was sent. Call inside the read-back's act.

    The case's version stays: nothing that a person is deciding on their open page is overtaken by it.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=reply.case_id)
    if case.service_met_at is None and case.service_due_at is not None:
        case.service_met_at = reply.publication.sent_at or now
        cases.recount_clocks(case)
    if not case.happenings.filter(kind="reply_live", data__reply=reply.pk).exists():
        cases.tell(case, "reply_live", by, now, reply=reply.pk)
