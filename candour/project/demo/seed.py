"""The demo company, seeded through the product's own acts under the demo clock, so that seeding is also a test of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from candour.channels.http import Door
from candour.core.states import SourceState
from candour.flows.doors import through
from candour.journal.acting import acting, database_now, demo_clock, founding
from candour.journal.queries import is_demo
from candour.listening.models import Gap, Source
from candour.people.models import User
from candour.project.demo import approvals, claims, company, people, reviews, travel
from candour.project.demo.posts import read_posts
from candour.project.demo.story import Story
from candour.registry.models import Product
from candour.registry.queries import company as the_company

log = logging.getLogger("candour.demo")


class InProcessDoor(Door):
    """Speaks to this very web application without a socket, while it is not up yet. Only the seeding of a demo uses it."""

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        from candour.project.wsgi import application  # built once the models are ready

        return httpx.Client(transport=httpx.WSGITransport(app=application), headers=headers, follow_redirects=True)


@contextmanager
def one_connection() -> Iterator[None]:
    """Requests made in this process must not close the connection: the demo clock is set on it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # two thousand acts need not wait for the disk: a story cut short is told anew
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        connection.close()


def seed_if_empty(now: datetime | None = None) -> bool:
    """Seed the demo company into an empty demo installation; True when it was done now."""
    if not is_demo() or the_company() is not None:
        return False
    seed(now or database_now())
    return True


def is_half_seeded() -> bool:
    """True when an earlier seeding was interrupted: the company is there, its end mark is not."""
    place = the_company()
    return is_demo() and place is not None and place.set_up_at is None


def seed(now: datetime) -> None:
    """Sixty days of Hollinqvist, ending now."""
    start = now - timedelta(days=420)
    log.info("Seeding the demo company: people, registry, approvals")
    with through(InProcessDoor()), one_connection():
        cast, accounts, sources = _found(now, start)
        approvals.activate_rules(cast, now - timedelta(days=400))
        approvals.add_expired_template(cast, accounts, now)
        approvals.add_templates(cast, accounts, now - timedelta(days=63))
        approvals.add_articles(cast, accounts, now)
        approvals.add_product_texts(cast, accounts["hollinqvist-us"], Product.objects.get(key="mivrantel"), now)
        approvals.add_calendar(cast, accounts, now)
        claims.add_claims(cast, Product.objects.get(key="zovellark"), now)
        log.info("Seeding the demo company: sixty days of posts and cases")
        story = Story(cast, sources, now)
        story.tell(read_posts(now))
        story.play()
        zovellark = Product.objects.get(key="zovellark")
        told = approvals.add_story_draft(cast, accounts, zovellark, now)
        approvals.add_three_texts(cast, accounts, now)
        reviews.add_reviews(cast, accounts, zovellark, now)
        travel.add_travels(cast, accounts, told.based_on, now)
        _leave_sources(cast["henrik"], sources, now)
        with demo_clock(now), acting(cast["henrik"], "demo.seeded"):
            place = the_company()
            place.set_up_at = now
            place.save(update_fields=["set_up_at"])


def _found(now: datetime, start: datetime) -> tuple[dict[str, User], dict, dict]:
    with demo_clock(start), founding("demo.found"):
        cast = people.add_people(now, start)
    with demo_clock(start + timedelta(hours=1)), acting(cast["henrik"], "demo.registry", "first registry"):
        company.add_company(cast, now, start)
        accounts = company.add_accounts(cast, now, start)
        sources = company.add_sources(accounts, start)
    return cast, accounts, sources


def _leave_sources(lead: User, sources: dict[str, Source], now: datetime) -> None:
    """How the sources stand today: newsroom and forms answer, one blog is silent with an open gap, networks are not connected."""
    with demo_clock(now), acting(lead, "demo.sources", "state of the sources today"):
        Gap.objects.filter(why="Candour did not listen in this time.").exclude(source=sources["instagram-export-de"]).delete()
        for key, *_rest, state in company.SOURCES:
            source = Source.objects.get(pk=sources[key].pk)
            source.state, source.last_ok_at, source.last_try_at = state.value, now - timedelta(seconds=20), now
            if state == SourceState.NOT_CONNECTED:
                source.problem = "Not connected: no secret for this account is on this machine."
            source.save()
        _gaps(sources, now)


def _gaps(sources: dict[str, Source], now: datetime) -> None:
    silent = Source.objects.get(pk=sources["atom-de"].pk)
    silent.last_ok_at, silent.problem = now - timedelta(minutes=94), "The name of the host is not known."
    silent.save()
    Gap.objects.create(source=silent, opened_at=silent.last_ok_at, why="The name of the host is not known.")
    export = sources["instagram-export-de"]
    Gap.objects.filter(source=export).delete()
    Gap.objects.create(
        source=export,
        opened_at=now - timedelta(days=9, hours=12),
        closed_at=now - timedelta(hours=7),
        back_filled_at=now - timedelta(hours=7),
        recovered=12,
        expected_about=12,
        why="The export stopped when the token ran out.",
    )
