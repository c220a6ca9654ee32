"""What a form gives as proof of who sends it: a password, or a passkey's answer bound to this very form."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

from candour.core.passkeys import MOST_BYTES
from candour.core.signing import canonical, digest
from candour.journal.signatures import PasskeyAnswer, Secret

#: Fields that are the proof itself or belong to the transport.
_PROOF = frozenset({"csrfmiddlewaretoken", "secret", "passkey", "passkey_for"})


def bound_to(path: str, fields: QueryDict) -> str:
    """The digest of a form: where it goes and every field but the proof. A challenge made for one form answers for no other."""
    told = {name: [_plain(value) for value in fields.getlist(name)] for name in fields if name not in _PROOF}
    return digest(canonical({"to": path, "fields": told}))


def _plain(value: str) -> str:
    """Browsers spell the end of a line in two ways."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def secret_of(request: HttpRequest) -> Secret:
    """The secret that came with a form."""
    if words := request.POST.get("passkey", ""):
        return PasskeyAnswer(words[: MOST_BYTES + 1], bound_to(request.path, request.POST))
    return request.POST.get("secret", "")[:1024]
