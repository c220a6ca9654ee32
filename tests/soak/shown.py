"""What the product shows, asked from outside: its stored posts, signatures and states by SQL, its pages by HTTP, the network by list."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import httpx
import psycopg

from tests.soak.ground import BLUESKY_SOURCE, Ground

_MARK = re.compile(r"soak-[cif]\d{6}")
#: Everything that must not stay as it is. The limit of each is the product's own, with room for one round of its jobs.
TRANSIENT = {
    "publications held past their time": "SELECT count(*) FROM approval_publication"
    " WHERE state = 'held' AND due_at < now() - interval '10 s'",
    "publications being sent": "SELECT count(*) FROM approval_publication WHERE state = 'sending'",
    "publications with an unknown outcome": "SELECT count(*) FROM approval_publication WHERE state = 'unknown'",
    "publications sent and not read back": "SELECT count(*) FROM approval_publication WHERE state = 'sent'",
    "replies whose text never left": "SELECT count(*) FROM cases_reply r JOIN approval_publication p ON p.id = r.publication_id"
    " WHERE p.state IN ('held', 'sending', 'unknown', 'sent') AND p.due_at < now() - interval '10 s'",
    "jobs of a lost worker": "SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id"
    " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '30 s')",
    "sources that don't listen": "SELECT count(*) FROM listening_source WHERE key IN ('newsroom-de', 'atom-de', 'bluesky-de')"
    " AND state NOT IN ('listening', 'not_connected')",
    "intakes without a screening": "SELECT count(*) FROM listening_intake WHERE screened_by = ''",
    "posts without a version": "SELECT count(*) FROM listening_post p WHERE NOT EXISTS"
    " (SELECT 1 FROM listening_postversion v WHERE v.post_id = p.id)",
    "signed reviews that did not end": "SELECT count(*) FROM approval_review r WHERE r.ended_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM approval_seal s WHERE s.review_id = r.id AND s.state <> 'signed')",
}


class Shown:
    """One look at the product; opened afresh each time, because the database is killed under it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.ground.server.conninfo(), connect_timeout=10) as connection:
            return connection.execute(query, values or None).fetchall()  # type: ignore[arg-type]

    def transient(self) -> dict[str, int]:
        """How many of each state that must end are there now."""
        return {name: int(self.rows(query)[0][0]) for name, query in TRANSIENT.items()}

    def marks(self) -> Counter[str]:
        """How often each marked comment, entry or imported row is a post."""
        texts = self.rows("SELECT v.text FROM listening_postversion v WHERE v.number = 1 AND v.text LIKE '%soak-%'")
        return Counter(mark for (text,) in texts for mark in _MARK.findall(text)[:1])

    def versions(self) -> int:
        """Versions beyond the first among the soak's posts: nothing was ever edited, so there is none."""
        return int(self.rows("SELECT count(*) FROM listening_postversion WHERE number > 1 AND text LIKE '%soak%'")[0][0])

    def network_posts(self) -> Counter[str]:
        """How often each post of the network is a post here, by its address."""
        query = "SELECT p.remote_id FROM listening_post p JOIN listening_source s ON s.id = p.source_id WHERE s.key = %s"
        return Counter(uri for (uri,) in self.rows(query, BLUESKY_SOURCE))

    def signatures(self) -> Counter[str]:
        """How often the journal says that a seal of a review was signed: REVIEW:ROLE, from the entries and not from the seals."""
        query = (
            "SELECT s.review_id || ':' || s.role FROM journal_entry e JOIN approval_seal s ON s.id::text = e.key"
            " WHERE e.subject = 'approval_seal' AND e.op = 'U' AND e.act = 'seal.' || s.role AND e.new::jsonb ->> 'state' = 'signed'"
        )
        return Counter(key for (key,) in self.rows(query))

    def on_page(self, mark: str) -> int:
        """How often a message stands on its public page: items there, 0 where there is no page."""
        answer = httpx.get(f"{self.ground.base}/newsroom/hollinqvist-de/soak-{mark}/", trust_env=False, timeout=30)
        return answer.text.count("data-candour-item=") if answer.status_code == 200 else 0

    def replies(self) -> list[tuple[str, str]]:
        """Each reply's case and the key under which the newsroom holds it."""
        query = "SELECT c.number, p.key::text FROM cases_reply r JOIN cases_case c ON c.id = r.case_id JOIN approval_publication p"
        return [(str(number), str(key).replace("-", "")) for number, key in self.rows(f"{query} ON p.id = r.publication_id")]

    def item_times(self, key: str) -> int:
        """How often an item stands on the page its lasting address leads to; 0 when it leads nowhere."""
        answer = httpx.get(f"{self.ground.base}/newsroom/items/{key}/", trust_env=False, timeout=30, follow_redirects=True)
        return answer.text.count(f'data-candour-item="{key}"') if answer.status_code == 200 else 0

    def on_network(self) -> list[str]:
        """The texts of our own account as the server lists them."""
        return [str(row["value"]["text"]) for row in self.ground.brand.records()] if self.ground.brand else []
