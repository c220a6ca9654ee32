"""Mails and a real mail server on this machine: taken, refused for now, refused for good, gone in the middle, TLS and a password."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from candour.channels import smtp
from candour.channels.smtp import MailServer, NotTaken

from .mail_host import MailHost, free_port, mail_host

Started = tuple[MailHost, MailServer]
Start = Callable[..., Started]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as running:

        def begin(*, security: str = "none", user: str = "", password: str = "", ca_file: str = "", **how: Any) -> Started:
            host, port = running.enter_context(mail_host(**how))
            name = "localhost" if security == "starttls" else "127.0.0.1"
            return host, MailServer(name, port, security, user, password, ca_file)

        yield begin


def letter(text: str = "Ein Text wartet.\n.\nLetzte Zeile mit Ü\n") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "candour@hollinqvist.example", "mira@hollinqvist.example", "Prüfung"
    message.set_content(text)
    return message


def hand(server: MailServer) -> str:
    return smtp.send(server, "candour@hollinqvist.example", "mira@hollinqvist.example", letter())


def refused(server: MailServer) -> tuple[bool, bool, bool, str]:
    with pytest.raises(NotTaken) as caught:
        hand(server)
    return caught.value.permanent, caught.value.unknown, caught.value.place, caught.value.words


def test_a_mail_arrives_as_it_was_written(start: Start) -> None:
    host, server = start()
    assert hand(server).startswith("250")
    (envelope,) = host.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("candour@hollinqvist.example", ["mira@hollinqvist.example"])
    text = bytes(envelope.content or b"")
    assert b"\r\n.\r\n" in text, "a line that is a dot alone does not end the mail"


def test_a_refusal_for_now_and_one_for_good_keep_the_server_s_words(start: Start) -> None:
    host, server = start()
    host.at_recipient = "450 4.2.1 Mailbox busy, come back"
    assert refused(server) == (False, False, False, "450 4.2.1 Mailbox busy, come back")
    host.at_recipient = "550 5.1.1 No such person here"
    assert refused(server) == (True, False, False, "550 5.1.1 No such person here")
    host.at_recipient, host.at_data = "250 OK", "554 5.7.1 Looks like spam"
    assert refused(server) == (True, False, False, "554 5.7.1 Looks like spam")
    assert host.taken == []


def test_a_server_that_goes_away_after_the_text_may_have_it(start: Start) -> None:
    host, server = start()
    host.at_data = "gone"
    permanent, unknown, place, _words = refused(server)
    assert (permanent, unknown, place) == (False, True, False)


def test_a_server_that_is_not_there_takes_nothing_for_now() -> None:
    assert refused(MailServer("127.0.0.1", free_port(), "none"))[:3] == (False, False, True)


# TLS and a password


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost that signs itself, and the server's side of it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context


def _knows(server: Server, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.password == b"right", handled=False)


def test_the_line_is_secured_before_the_password_is_said(start: Start, certificate: tuple[Path, ssl.SSLContext]) -> None:
    ca_file, context = certificate
    how = {"tls_context": context, "require_starttls": True, "authenticator": _knows, "auth_required": True}
    host, server = start(security="starttls", user="candour", password="right", ca_file=str(ca_file), **how)
    assert hand(server).startswith("250")
    smtp.reach(server)
    wrong = MailServer(server.host, server.port, "starttls", "candour", "wrong", str(ca_file))
    permanent, unknown, place, words = refused(wrong)
    assert (permanent, unknown, place) == (False, False, True), "a wrong password is ours to mend; no mail is given up for it"
    assert words.startswith("535")
    with pytest.raises(NotTaken):
        smtp.reach(wrong)
    assert len(host.taken) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(start: Start, certificate: tuple[Path, ssl.SSLContext]) -> None:
    host, server = start(security="starttls", tls_context=certificate[1])
    assert refused(server)[2], "its certificate is signed by nobody we know"
    assert host.taken == []


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(start: Start) -> None:
    host, server = start(security="starttls")
    assert refused(server)[2]
    assert host.taken == []
