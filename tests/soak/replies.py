"""A community manager answers cases from approved templates; after a broken connection the very same form is sent again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as made_of

import psycopg

from tests.soak.ledger import Ledger
from tests.soak.shown import Shown
from tests.soak.visitor import Visitor, field, keep_on

REPLIER = "Mira Castellane"
#: Cases of our own newsroom that nobody has answered; the soak chooses its work by it, not its verdict.
UNANSWERED = (
    "SELECT number FROM cases_case c WHERE source_kind = 'newsroom' AND state = 'open' AND market = 'de'"
    " AND NOT EXISTS (SELECT 1 FROM cases_reply r WHERE r.case_id = c.id) ORDER BY id DESC LIMIT 20"
)


@dataclass
class Replier:
    """One person with one session."""

    visitor: Visitor
    ledger: Ledger
    shown: Shown
    patience: float
    tried: set[str] = made_of(default_factory=set)

    def open(self) -> None:
        keep_on(lambda: self.visitor.sign_in(REPLIER), self.patience)

    def one_reply(self) -> None:
        """Answer the newest case that has no answer; nothing happens while there is none or the database is away."""
        try:
            numbers = [number for (number,) in self.shown.rows(UNANSWERED) if number not in self.tried]
        except psycopg.OperationalError:
            return
        if numbers:
            self.tried.add(numbers[0])
            self._reply(numbers[0])

    def _reply(self, number: str) -> None:
        page = keep_on(lambda: self.visitor.get(f"/cases/{number}/"), self.patience).text
        form = page.partition("data-reply>")[2].partition("</form>")[0]
        chosen = re.search(r'name="message" value="([\w-]+)"[^>]*\bchecked\b', form)
        if chosen is None or chosen[1] == "own":
            return
        fields: dict[str, object] = {"version": field(form, "version"), "message": chosen[1]}
        fields |= dict.fromkeys(re.findall(rf'name="(fill:{chosen[1]}:\w+)"', form), "Anna")
        self.ledger.sent("reply", number)
        repeated: list[bool] = []

        def again() -> None:
            repeated.append(True)
            self.ledger.sent("reply", number)

        answer = keep_on(lambda: self.visitor.post(f"/cases/{number}/reply/", fields), self.patience, again=again)
        if answer.status_code == 302 or (repeated and answer.status_code == 409):  # 409: the first form had arrived
            self.ledger.answered("reply", number)
