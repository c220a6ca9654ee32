"""One mail to one mail server: what it answered, and whether trying again can help. Knows nothing of who is told what."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as LINES

#: Seconds a mail server may take for each answer.
PATIENCE = 20.0
SECURITY = ("starttls", "tls", "none")
#: Letters of a server's own words that are kept.
MOST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails leave: `security` is starttls, tls (from the first byte) or none; `ca_file` names one's own certificate authority."""

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = ""
    ca_file: str = ""


class NotTaken(Exception):
    """The server did not take the mail. `permanent`: it never will; `unknown`: it may have; `place`: it takes none at all for now."""

    def __init__(self, words: str, *, permanent: bool = False, unknown: bool = False, place: bool = False) -> None:
        super().__init__(words[:MOST_WORDS])
        self.permanent, self.unknown, self.place = permanent, unknown, place

    @property
    def words(self) -> str:
        """The server's own words, or what the network said."""
        return str(self)


class _Session:
    """A session with the server; `begun` once the text of a mail was handed to it, from where on it may have arrived."""

    def __init__(self, server: MailServer) -> None:
        self.begun = False
        context = ssl.create_default_context(cafile=server.ca_file or None)
        if server.security == "tls":
            self.smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
        else:
            self.smtp = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
        if server.security == "starttls":
            self.smtp.starttls(context=context)
        self.smtp.ehlo_or_helo_if_needed()
        if server.user:
            self.smtp.login(server.user, server.password)

    def hand_over(self, sender: str, recipient: str, text: bytes) -> str:
        """The dialogue of one mail; the server's closing words."""
        _ask(self.smtp.mail(sender, ["SMTPUTF8"] if not recipient.isascii() else []))
        _ask(self.smtp.rcpt(recipient))
        self.begun = True
        answer = self.smtp.data(text)
        self.begun = False
        return _ask(answer)

    def leave(self) -> None:
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            self.smtp.close()  # it has the mail; how it says goodbye changes nothing


def _ask(answer: tuple[int, bytes]) -> str:
    code, words = answer
    if not 200 <= code < 400:
        raise smtplib.SMTPResponseException(code, words)
    return f"{code} {_plain(words)}"


def _plain(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def send(server: MailServer, sender: str, recipient: str, message: EmailMessage) -> str:
    """Hand one mail over; the server's closing words. Raises NotTaken."""
    session = None
    try:
        session = _Session(server)
        return session.hand_over(sender, recipient, message.as_bytes(policy=LINES))
    except smtplib.SMTPAuthenticationError as refused:
        raise NotTaken(_said(refused), place=True) from refused  # a wrong password is ours to mend; the mails wait for it
    except smtplib.SMTPResponseException as refused:
        raise NotTaken(_said(refused), permanent=500 <= refused.smtp_code < 600 and session is not None, place=session is None) from refused
    except (smtplib.SMTPException, OSError) as broken:
        begun = session is not None and session.begun
        raise NotTaken(f"{type(broken).__name__}: {broken}", unknown=begun, place=not begun) from broken
    finally:
        if session is not None:
            session.leave()


def reach(server: MailServer) -> None:
    """Greet the server, secure the line and sign in, without sending. Raises NotTaken."""
    try:
        _Session(server).leave()
    except smtplib.SMTPResponseException as refused:
        raise NotTaken(_said(refused), place=True) from refused
    except (smtplib.SMTPException, OSError) as broken:
        raise NotTaken(f"{type(broken).__name__}: {broken}", place=True) from broken


def _said(refused: smtplib.SMTPResponseException) -> str:
    return f"{refused.smtp_code} {_plain(refused.smtp_error)}"
