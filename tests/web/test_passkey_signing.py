"""Passkeys at the door and under a signature: one challenge, one person, one form, once; everything else is refused and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.assurance.models import LegalHold
from candour.core.rights import Function
from candour.core.signing import digest
from candour.journal.models import Entry, Signature
from candour.messages.models import Review
from candour.people import passkeys
from candour.people.models import Challenge, Passkey, User
from tests import approve_factories as make
from tests import factories
from tests.fake_authenticator import FakeAuthenticator

pytestmark = pytest.mark.django_db
ORIGIN = "http://localhost:8321"


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    settings.BASE_URL = ORIGIN
    return make.ground()


def inside(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def registered(person: User, key: FakeAuthenticator | None = None, name: str = "Laptop") -> FakeAuthenticator:
    """Add a passkey by the page's own forms."""
    key, client = key or FakeAuthenticator(ORIGIN), inside(person)
    begun = client.post(reverse("passkey-begin"), {"name": name, "secret": factories.PASSWORD})
    assert begun.status_code == 200, begun.text
    added = client.post(reverse("passkey-add"), {"name": name, "answer": key.makes(begun.json())})
    assert added.status_code == 302, added.text
    return key


def form(review: Review, role: str = "medical") -> dict[str, Any]:
    return {"seal": review.seals.get(role=role).pk, "digest": review.version.digest}


def asked(client: Client, there: str, fields: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(reverse("passkey-ask"), fields | {"passkey_for": there})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_path(review: Review) -> str:
    return reverse("review-sign", args=[review.pk])


def signed(client: Client, review: Review, key: FakeAuthenticator, **more: Any) -> Any:
    fields = form(review) | more
    return client.post(sign_path(review), fields | {"passkey": key.answers(asked(client, sign_path(review), fields))})


class TestSigning:
    """A review signed by passkey."""

    def test_the_signature_says_how_and_can_be_proven_again(self, on: make.Ground) -> None:
        review, key = make.review(on), registered(on.medical)
        assert signed(inside(on.medical), review, key).status_code == 302
        signature = Signature.objects.latest("pk")
        context = json.loads(signature.auth_context)
        assert (signature.signer, signature.method, signature.digest) == (on.medical, "passkey", review.version.digest)
        fields = {"seal": [str(review.seals.get(role="medical").pk)], "digest": [review.version.digest]}
        told = {"to": sign_path(review), "fields": fields}
        assert context["bound"] == digest(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
        assert passkeys.check_again(context)
        assert not passkeys.check_again(context | {"bound": "0" * 64})
        assert not Challenge.objects.exists()

    def test_a_password_still_signs_and_says_so(self, on: make.Ground) -> None:
        review = make.review(on)
        inside(on.medical).post(sign_path(review), form(review) | {"secret": factories.PASSWORD})
        assert Signature.objects.values_list("method", "auth_context").latest("pk") == ("password", "")

    def test_what_was_signed_can_be_proven_when_the_passkey_is_long_gone(self, on: make.Ground) -> None:
        review, key = make.review(on), registered(on.medical)
        signed(inside(on.medical), review, key)
        inside(on.medical).post(reverse("passkey-remove", args=[Passkey.objects.get().pk]), {"secret": factories.PASSWORD})
        assert Passkey.objects.get().removed_at is not None
        assert passkeys.check_again(json.loads(Signature.objects.latest("pk").auth_context))


def test_a_hold_is_signed_by_passkey_for_its_own_fields_only(on: make.Ground) -> None:
    lawyer = factories.person("Lena Wolff", Function.LEGAL_REVIEWER)
    key, client, there = registered(lawyer), inside(lawyer), reverse("retention-hold")
    fields = {"kind": "account", "key": on.account.key, "reason": "A lawsuit\r\nin Berlin"}
    options = asked(client, there, fields | {"reason": "A lawsuit\nin Berlin"})  # browsers spell the end of a line in two ways
    changed = fields | {"reason": "Nothing", "passkey": key.answers(options)}
    assert client.post(there, changed).status_code == 403 and not LegalHold.objects.exists()
    assert client.post(there, fields | {"passkey": key.answers(options)}).status_code == 403, "spent by the first try"
    sent = fields | {"passkey": key.answers(asked(client, there, fields))}
    assert client.post(there, sent).status_code == 302
    assert LegalHold.objects.get().signature.method == "passkey"


Forge = Callable[[make.Ground, Review, FakeAuthenticator], dict[str, Any]]


def _fields(on: make.Ground, review: Review, key: FakeAuthenticator) -> tuple[Client, dict[str, Any], str]:
    return inside(on.medical), form(review), sign_path(review)


def another_persons_challenge(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    registered(on.legal)
    _client, fields, there = _fields(on, review, key)
    return fields | {"passkey": key.answers(asked(inside(on.legal), there, fields))}


def another_persons_passkey(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    theirs = registered(on.legal)
    client, fields, there = _fields(on, review, key)
    return fields | {"passkey": theirs.answers(asked(client, there, fields))}


def one_spent_by_a_failed_try(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    options = asked(client, there, fields)
    forged = FakeAuthenticator(ORIGIN, credential=key.credential, counter=9)
    assert client.post(there, fields | {"passkey": forged.answers(options)}).status_code == 403
    return fields | {"passkey": key.answers(options)}


def one_for_another_document(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    other = make.review(on, f"{make.MENDED} Ein anderer Text.")
    client, fields, _there = _fields(on, review, key)
    return fields | {"passkey": key.answers(asked(client, sign_path(other), form(other)))}


def one_for_another_digest(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    return fields | {"passkey": key.answers(asked(client, there, fields | {"digest": "0" * 64}))}


def one_for_another_meaning(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    return fields | {"passkey": key.answers(asked(client, there, form(review, "legal")))}


def one_for_the_door(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    _client, fields, _there = _fields(on, review, key)
    return fields | {"passkey": key.answers(Client().post(reverse("sign-in-passkey")).json())}


def a_removed_passkey(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    registered(on.medical)
    client, fields, there = _fields(on, review, key)
    answer = key.answers(asked(client, there, fields))
    removed = inside(on.medical).post(
        reverse("passkey-remove", args=[Passkey.objects.get(credential=key.id).pk]), {"secret": factories.PASSWORD}
    )
    assert removed.status_code == 302
    return fields | {"passkey": answer}


def from_another_origin(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    key.origin = "http://localhost.evil.example:8321"
    return fields | {"passkey": key.answers(asked(client, there, fields))}


def from_another_port(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    key.origin = "http://localhost:9999"
    return fields | {"passkey": key.answers(asked(client, there, fields))}


def for_another_host(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    key.host = "evil.example"
    return fields | {"passkey": key.answers(asked(client, there, fields))}


def without_knowing_its_user(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    key.verifies = False
    return fields | {"passkey": key.answers(asked(client, there, fields))}


def with_another_key(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    forged = FakeAuthenticator(ORIGIN, credential=key.credential, counter=50)
    return fields | {"passkey": forged.answers(asked(client, there, fields))}


def with_a_counter_that_went_back(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    Passkey.objects.update(counter=700)
    return fields | {"passkey": key.answers(asked(client, there, fields))}


def too_late(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    answer = key.answers(asked(client, there, fields))
    Challenge.objects.update(expires_at=factories.now())
    return fields | {"passkey": answer}


def a_new_passkey_in_its_place(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    client, fields, there = _fields(on, review, key)
    return fields | {"passkey": key.makes(asked(client, there, fields))}


def nonsense(on: make.Ground, review: Review, key: FakeAuthenticator) -> dict[str, Any]:
    return form(review) | {"passkey": '{"id": 5, "response": {"clientDataJSON": "e30"}}'}


FORGERIES: list[Forge] = [
    another_persons_challenge,
    another_persons_passkey,
    one_spent_by_a_failed_try,
    one_for_another_document,
    one_for_another_digest,
    one_for_another_meaning,
    one_for_the_door,
    a_removed_passkey,
    from_another_origin,
    from_another_port,
    for_another_host,
    without_knowing_its_user,
    with_another_key,
    with_a_counter_that_went_back,
    too_late,
    a_new_passkey_in_its_place,
    nonsense,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_is_refused_on_record_and_signs_nothing(on: make.Ground, forge: Forge) -> None:
    review, key = make.review(on), registered(on.medical)
    sent = forge(on, review, key)
    before = (Signature.objects.count(), list(review.seals.order_by("pk").values()), Entry.objects.exclude(act="seal.sign.refused").count())
    answer = inside(on.medical).post(sign_path(review), sent)
    assert answer.status_code == 403 and "did not prove who you are" in answer.text
    after = (Signature.objects.count(), list(review.seals.order_by("pk").values()), Entry.objects.exclude(act="seal.sign.refused").count())
    assert after == before
    assert Entry.objects.filter(act="seal.sign.refused", actor=str(on.medical.pk)).exists()


def test_an_answer_serves_once(on: make.Ground) -> None:
    first, key = make.review(on), registered(on.medical)
    client = inside(on.medical)
    fields = form(first)
    sent = fields | {"passkey": key.answers(asked(client, sign_path(first), fields))}
    assert client.post(sign_path(first), sent).status_code == 302
    before = Signature.objects.count()
    assert client.post(sign_path(first), sent).status_code in (403, 409)
    assert Signature.objects.count() == before


def test_a_resting_account_signs_by_no_passkey(on: make.Ground) -> None:
    review, key = make.review(on), registered(on.medical)
    client = inside(on.medical)
    for _ in range(5):
        client.post(sign_path(review), form(review) | {"secret": "wrong"})
    assert "rests for a quarter of an hour" in signed(client, review, key).text
    assert not Signature.objects.filter(signer=on.medical).exists()


class TestAtTheDoor:
    """Signed in by passkey alone."""

    def enter(self, client: Client, key: FakeAuthenticator, **more: Any) -> Any:
        options = client.post(reverse("sign-in-passkey")).json()
        return client.post(reverse("sign-in"), {"passkey": key.answers(options)} | more)

    def test_opens_home_under_a_fresh_key_and_is_journaled(self, on: make.Ground) -> None:
        key, client = registered(on.medical), Client()
        client.session["before"] = 1
        before = client.session.session_key
        assert self.enter(client, key).url == "/"
        assert client.session["_auth_user_id"] == str(on.medical.pk) and client.session.session_key != before
        assert Entry.objects.get(act="person.sign_in", op="N").new == '"Signed in by passkey."'

    def test_nobody_is_sent_elsewhere(self, on: make.Ground) -> None:
        assert self.enter(Client(), registered(on.medical), next="//evil.example/").url == "/"

    def test_an_unknown_a_removed_and_a_forged_one_are_refused_in_the_same_words(self, on: make.Ground) -> None:
        key = registered(on.medical)
        forged = FakeAuthenticator(ORIGIN, credential=key.credential, counter=9)
        answers = [self.enter(Client(), FakeAuthenticator(ORIGIN)), self.enter(Client(), forged)]
        Passkey.objects.filter(credential=key.id).update(removed_at=factories.now())
        answers.append(self.enter(Client(), key))
        assert {answer.status_code for answer in answers} == {403}
        assert all("This passkey does not open an account." in answer.text for answer in answers)
        assert Entry.objects.filter(act="person.sign_in_refused", actor=str(on.medical.pk), op="N").count() == 1

    def test_a_challenge_for_an_act_does_not_open_the_door(self, on: make.Ground) -> None:
        key, client = registered(on.medical), Client()
        options = asked(inside(on.medical), "/sign-in/", {})
        assert client.post(reverse("sign-in"), {"passkey": key.answers(options)}).status_code == 403
        assert "_auth_user_id" not in client.session

    def test_a_challenge_of_somebody_s_second_step_opens_the_door_for_nobody_else(self, on: make.Ground) -> None:
        registered(on.legal)
        key, client = registered(on.medical), Client()
        client.post(reverse("sign-in"), {"email": on.legal.email, "password": factories.PASSWORD})
        assert self.enter(client, key).status_code == 403
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("change", [{"is_active": False}, {"is_machine": True}])
    def test_who_left_and_machines_stay_outside(self, on: make.Ground, change: dict[str, bool]) -> None:
        key = registered(on.medical)
        User.objects.filter(pk=on.medical.pk).update(**change)
        assert self.enter(Client(), key).status_code == 403


class TestAdding:
    """A new passkey."""

    def test_the_password_is_asked_for_first(self, on: make.Ground) -> None:
        client = inside(on.medical)
        refused = client.post(reverse("passkey-begin"), {"name": "x", "secret": "wrong"})
        assert refused.status_code == 403 and refused.json()["why"] == "That is not your password."
        assert not Challenge.objects.exists()

    def test_another_passkey_will_do(self, on: make.Ground) -> None:
        old, client = registered(on.medical), inside(on.medical)
        fields = {"name": "Key ring", "answer": ""}
        options = asked(client, reverse("passkey-begin"), fields)
        begun = client.post(reverse("passkey-begin"), fields | {"passkey": old.answers(options)})
        new = FakeAuthenticator(ORIGIN)
        assert client.post(reverse("passkey-add"), {"name": "Key ring", "answer": new.makes(begun.json())}).status_code == 302
        assert [one.name for one in passkeys.passkeys_of(on.medical)] == ["Laptop", "Key ring"]

    @pytest.mark.parametrize("lie", ["origin", "host", "verifies", "person", "twice", "purpose"])
    def test_one_that_does_not_hold_is_not_added(self, on: make.Ground, lie: str) -> None:
        client, key = inside(on.medical), FakeAuthenticator(ORIGIN)
        begun = (inside(on.legal) if lie == "person" else client).post(reverse("passkey-begin"), {"secret": factories.PASSWORD}).json()
        if lie == "twice":
            client.post(reverse("passkey-add"), {"answer": key.makes(begun)})
            key = FakeAuthenticator(ORIGIN)
        elif lie == "purpose":
            begun = Client().post(reverse("sign-in-passkey")).json()
        elif lie != "person":
            setattr(key, lie, {"origin": "https://evil.example", "host": "evil.example", "verifies": False}[lie])
        before = Passkey.objects.count()
        answer = client.post(reverse("passkey-add"), {"name": "x", "answer": key.makes(begun)})
        assert answer.status_code == 403 and Passkey.objects.count() == before

    def test_nobody_removes_somebody_else_s(self, on: make.Ground) -> None:
        registered(on.medical)
        there = reverse("passkey-remove", args=[Passkey.objects.get().pk])
        assert inside(on.legal).post(there, {"secret": factories.PASSWORD}).status_code == 404
        assert inside(on.medical).post(there, {"secret": "wrong"}).status_code == 403
        assert Passkey.objects.get().removed_at is None

    def test_no_secret_stands_in_the_journal(self, on: make.Ground) -> None:
        key = registered(on.medical)
        written = "".join(f"{entry.old}{entry.new}" for entry in Entry.objects.all())
        assert key.id in written and factories.PASSWORD not in written and "challenge" not in written


def test_challenges_past_their_time_are_swept_by_the_next(on: make.Ground) -> None:
    Client().post(reverse("sign-in-passkey"))
    Challenge.objects.update(expires_at=factories.now())
    Client().post(reverse("sign-in-passkey"))
    assert Challenge.objects.count() == 1
