"""The only door to the network: every client, every SDK and every socket of a channel goes through it.

Addresses come from people, feeds and redirects, so a host is resolved here, its addresses are checked, and the connection goes
to the checked address itself: a name that changes its answer between check and connection gains nothing (DNS rebinding).
A private address is reached only where an administrator listed its exact `host:port`. Each redirect is a new connection and is
checked again. Environment proxies are not used: behind a proxy the check would be the proxy's.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import socket
import ssl
import time
import typing
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore
import httpx
from websockets.exceptions import InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from candour.channels import faults
from candour.channels.base import AddressRefused, ChannelError, gettext_noop, utc_now

USER_AGENT = "Candour/0.1 (candour-hub)"
MAX_BYTES = 10_000_000
MAX_REDIRECTS = 5
MAX_SECONDS = 60.0
TIMEOUT = httpx.Timeout(20.0, connect=8.0, pool=5.0)

Resolver = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_LEGACY_IPV4 = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}\.?", re.IGNORECASE)
#: Well-known prefix that carries an IPv4 address in its last 32 bits (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Prefix for translation inside one network (RFC 8215): what it wraps is that network's own affair.
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")

_NOT_WEB = gettext_noop("%(address)s is not a web address; enter one that begins with https://.")
#: Ports on which other services listen: a request there could be read as their own language.
_OTHER_SERVICES = frozenset({
    0, 7, 9, 19, 21, 22, 23, 25, 53, 69, 110, 111, 119, 135, 137, 139, 143, 161, 389, 445, 465, 512, 513, 514, 587, 636, 873, 993, 995,
    1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5900, 6379, 9200, 11211, 27017,
})  # fmt: skip
_PORT = gettext_noop("%(entry)s is no port of a web server; an administrator must list it as an allowed address first.")
_PRIVATE = gettext_noop("%(host)s lies inside a private network; an administrator must list %(entry)s as an allowed address first.")
_NO_HOST = gettext_noop("The host %(host)s was not found; check its name, or try again when the network is back.")
_NO_ANSWER = gettext_noop("%(host)s did not answer; it is tried again.")
_TOO_LARGE = gettext_noop("The answer of %(host)s is larger than %(limit)s bytes; the owner of the source must choose a smaller one.")
_TOO_SLOW = gettext_noop("The answer of %(host)s took longer than %(limit)s seconds; it is tried again.")
_ODD_CODING = gettext_noop("%(host)s answered in the coding %(coding)s, which was not asked for; its operator must mend it.")
_LOOP = gettext_noop("%(host)s redirects more than %(limit)s times; the owner of the source must check the address.")


def system_resolver(host: str, port: int) -> Sequence[str]:
    """All addresses the machine's resolver gives for a host; raises OSError when it knows none."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def literal_address(host: str) -> Address | None:
    """The address a host name is written as, in every form a C library accepts (127.1, 2130706433, 0x7f.1, 0177.0.0.1), or None."""
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    if not _LEGACY_IPV4.fullmatch(bare):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(bare.rstrip(".")))
    except OSError:
        return None


def is_public(address: Address) -> bool:
    """True for an address of the public internet: not private, loopback, link-local, shared, multicast or reserved. Where an
    IPv6 address only wraps an IPv4 one (mapped, 6to4, NAT64), the inner one decides."""
    inner = _wrapped(address)
    if inner is not None:
        return is_public(inner)
    inside = isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or bool(address.scope_id) or address in _LOCAL_NAT64)
    return address.is_global and not (inside or address.is_multicast or address.is_reserved or address.is_unspecified)


def _wrapped(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


@functools.cache
def _tls() -> ssl.SSLContext:
    # Reading the certificate bundle takes tens of milliseconds; one context serves every client. SSL_CERT_FILE is honoured.
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Door:
    """How this installation reaches the network.

    `allowed_private` lists exact `host:port` entries (host as written in the address, IPv6 in brackets) that may be private.
    """

    allowed_private: tuple[str, ...] = ()
    resolver: Resolver = system_resolver
    limit: int = MAX_BYTES
    seconds: float = MAX_SECONDS

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses `host` may be reached at now. Raises AddressRefused when any of them is not public and the exact
        `host:port` is not listed; ChannelError when the name is unknown."""
        literal = literal_address(host)
        found = [str(literal)] if literal else self._resolve(host, port)
        entry = f"[{host.strip('[]')}]:{port}" if ":" in host else f"{host}:{port}"
        if entry.lower() in {allowed.lower() for allowed in self.allowed_private}:
            return found
        if port in _OTHER_SERVICES:
            raise AddressRefused(_PORT, permanent=True, params={"entry": entry})
        for address in found:
            if not is_public(ipaddress.ip_address(address)):
                raise AddressRefused(_PRIVATE, permanent=True, params={"host": host, "entry": entry})
        return found

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        try:
            found = self.resolver(host, port)
        except (OSError, UnicodeError) as problem:
            raise ChannelError(_NO_HOST, permanent=False, provider_words=str(problem), params={"host": host}, cause="no_host") from problem
        if not found:
            raise ChannelError(_NO_HOST, permanent=False, params={"host": host}, cause="no_host")
        return found

    def transport(self) -> SafeTransport:
        """A new httpx transport behind this door, for our client or for an SDK."""
        return SafeTransport(self)

    def client(self, headers: dict[str, str] | None = None) -> httpx.Client:
        """A new client that follows at most five redirects, each checked. Close it after use."""
        return httpx.Client(headers=headers, follow_redirects=True, **self.client_options())

    def client_options(self) -> dict[str, typing.Any]:
        """The keyword arguments with which an SDK must make its httpx.Client."""
        return {"transport": self.transport(), "timeout": TIMEOUT, "max_redirects": MAX_REDIRECTS, "trust_env": False}

    def websocket(self, url: str, timeout: float = 10.0) -> ClientConnection:
        """An open websocket to a checked address, to be used in a `with`; redirects are refused. Raises ChannelError."""
        scheme, host, port = split_address(url, ("ws", "wss"))
        opened = self._dial(host, port, timeout)
        try:
            return connect(
                url,
                sock=opened,
                ssl=_tls() if scheme == "wss" else None,
                proxy=None,
                open_timeout=timeout,
                max_size=self.limit,
                close_timeout=0.5,  # a server with a long backlog reads our goodbye late; everything wanted has been read by then
                user_agent_header=USER_AGENT,
            )
        except (OSError, InvalidHandshake, InvalidURI, ValueError) as problem:  # ValueError: a redirect, which a given socket forbids
            opened.close()
            raise ChannelError.of(faults.of_transport(problem), _NO_ANSWER, str(problem), params={"host": host}) from problem

    def _dial(self, host: str, port: int, timeout: float) -> socket.socket:
        problem: OSError = OSError("no address")
        for address in self.addresses(host, port):
            try:
                return socket.create_connection((address, port), timeout)
            except OSError as refused:
                problem = refused
        raise ChannelError.of(faults.of_transport(problem), _NO_ANSWER, str(problem), params={"host": host}) from problem


def safe_client(allowed_private: Sequence[str] = (), resolver: Resolver = system_resolver) -> httpx.Client:
    """An httpx client that can't be led to a private address. Close it after use."""
    return Door(tuple(allowed_private), resolver).client()


def split_address(url: str, schemes: tuple[str, ...] = ("http", "https")) -> tuple[str, str, int]:
    """(scheme, host, port) of an address; raises AddressRefused for another scheme, a missing host, an odd port, a name or password
    before the host (a place to hide where it really leads), or characters that programs read differently."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    odd = "@" in parts.netloc or "\\" in url or any(ord(letter) <= 32 for letter in url)
    if parts.scheme not in schemes or not parts.hostname or odd:
        raise AddressRefused(_NOT_WEB, permanent=True, params={"address": url[:200]})
    return parts.scheme, parts.hostname, port


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses the door has checked; TLS still names and verifies the host."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._door.addresses(host, port)
        for address in others:
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._plain.connect_tcp(last, port, timeout, local_address, socket_options)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused(_NOT_WEB, permanent=True, params={"address": path})


class SafeTransport(httpx.BaseTransport):
    """httpx transport behind a Door: checked addresses, http(s) only, bounded size and time, gzip undone within the bound."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._inner = httpx.HTTPTransport(verify=_tls(), trust_env=False)
        # httpx offers no argument for the network backend of its pool; the tests on refused addresses fail if this stops working.
        self._inner._pool = httpcore.ConnectionPool(ssl_context=_tls(), network_backend=_CheckedBackend(door), keepalive_expiry=5.0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        _, host, _ = split_address(str(request.url))
        request.headers["Accept-Encoding"] = "gzip"
        if request.headers.get("User-Agent", "").startswith("python-httpx"):
            request.headers["User-Agent"] = USER_AGENT
        answer = self._inner.handle_request(request)
        return self._bounded(answer, host)

    def _bounded(self, answer: httpx.Response, host: str) -> httpx.Response:
        coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
        stream = typing.cast(httpx.SyncByteStream, answer.stream)
        if coding not in ("identity", "gzip", "x-gzip", ""):
            stream.close()
            raise ChannelError(_ODD_CODING, permanent=True, params={"host": host, "coding": coding[:40]}, cause="odd_answer", reach="place")
        headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() != "content-encoding"]
        if "gzip" in coding:  # the announced length counts the packed bytes
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        bounded = _BoundedStream(stream, host, self._door, packed="gzip" in coding)
        return httpx.Response(answer.status_code, headers=headers, stream=bounded, extensions=answer.extensions)

    def close(self) -> None:
        self._inner.close()


class _BoundedStream(httpx.SyncByteStream):
    """The bytes of an answer, unpacked, until the limit of bytes or seconds is passed; then ChannelError."""

    def __init__(self, stream: httpx.SyncByteStream, host: str, door: Door, *, packed: bool) -> None:
        self._stream, self._host, self._limit, self._seconds = stream, host, door.limit, door.seconds
        self._unpack = zlib.decompressobj(wbits=31) if packed else None
        self._left = door.limit

    def __iter__(self) -> Iterator[bytes]:
        end = time.monotonic() + self._seconds
        for chunk in self._stream:
            if time.monotonic() > end:
                params = {"host": self._host, "limit": f"{self._seconds:.0f}"}
                raise ChannelError(_TOO_SLOW, permanent=False, params=params, cause="timeout")
            yield self._counted(chunk)

    def _counted(self, chunk: bytes) -> bytes:
        if self._unpack is not None:
            try:
                chunk = self._unpack.decompress(chunk, self._left + 1)
            except zlib.error as problem:
                raise httpx.DecodingError(str(problem)) from problem
        self._left -= len(chunk)
        if self._left < 0:
            params = {"host": self._host, "limit": str(self._limit)}
            raise ChannelError(_TOO_LARGE, permanent=True, params=params, cause="too_large", reach="place")
        return chunk

    def close(self) -> None:
        self._stream.close()


def ask(client: httpx.Client, method: str, url: str, **options: typing.Any) -> httpx.Response:
    """One exchange with every transport failure turned into a ChannelError; the status is the caller's to judge."""
    _, host, _ = split_address(url)
    try:
        return client.request(method, url, **options)
    except httpx.TooManyRedirects as problem:
        params = {"host": host, "limit": str(MAX_REDIRECTS)}
        raise ChannelError(_LOOP, permanent=True, params=params, cause="redirects", reach="place") from problem
    except httpx.InvalidURL as problem:
        raise AddressRefused(_NOT_WEB, permanent=True, params={"address": url[:200]}) from problem
    except (httpx.HTTPError, httpx.StreamError) as problem:
        failed = ChannelError.of(faults.of_transport(problem), _NO_ANSWER, repr(problem), params={"host": host})
        failed.unsent = isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout)  # nobody was there to be told anything
        raise failed from problem


def is_permanent(status: int) -> bool:
    """Whether a status means that a person must change something (`faults.of_status`)."""
    return faults.of_status(status).permanent


def refusal(answer: httpx.Response, refused: str, later: str, **params: str) -> ChannelError:
    """The error for an answer that is none: `refused` where a person must act, `later` where it passes; the sentences may name %(status)s
    and what `params` gives.
    What the other side wrote and how long it asks us to wait are kept."""
    fault = faults.of_status(answer.status_code)
    wait = faults.patience(answer.headers, utc_now())
    named = {"status": str(answer.status_code), **params}
    return ChannelError.of(fault, refused if fault.permanent else later, answer.text, params=named, wait=wait)
