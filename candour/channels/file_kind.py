"""What a file is by its first bytes, whatever its name says: only words are taken where words are asked for."""

from __future__ import annotations

import re

_MARKED = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: First bytes of what is no table of words (each as its own format defines it): archives, pictures, films, programs, documents.
_SIGNATURES = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd",
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF", b"OggS", b"ID3", b"\x1a\x45\xdf\xa3",
    b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"%PDF", b"%!PS", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"SQLite format 3", b"#!",
)  # fmt: skip
_MARKUP = re.compile(rb"\s*<(?:\?xml|!doctype|!--|html|svg|script|head|body|rss|feed)", re.IGNORECASE)
#: Bytes that stand in no text of any encoding we read, beside NUL, which UTF-16 is full of.
_CONTROLS = bytes(set(range(1, 32)) - {9, 10, 12, 13, 27})


def is_words(head: bytes) -> bool:
    """True when `head`, the first bytes of a file, can be the beginning of a table or of JSON lines in any encoding we read.

    Where python would have to guess it says True: the reader behind it refuses bad rows one by one.
    """
    if head.startswith(_SIGNATURES) or head[4:8] == b"ftyp" or _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return False
    if head.startswith(_MARKED):
        return True
    strange = len(head) - len(head.translate(None, _CONTROLS))
    return strange * 20 <= len(head)
