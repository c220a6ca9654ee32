"""A picture as an answer: of the kind it was written in, and able to do nothing in a browser but be looked at."""

from __future__ import annotations

from django.http import HttpResponse

_NOTHING = ("default-src", "object-src", "base-uri", "form-action", "frame-ancestors")
_POLICY = "; ".join([*(f"{name} 'none'" for name in _NOTHING), "sandbox"])
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def picture_answer(kind: str, content: bytes, digest: str, keep: str, *, download: bool = False) -> HttpResponse:
    """The bytes with their kind; no sniffing, no scripts, no forms. `keep` is the Cache-Control."""
    known = kind if kind in _ENDINGS else "application/octet-stream"
    answer = HttpResponse(content, content_type=known)
    how = "attachment" if download or known != kind else "inline"
    answer["Content-Disposition"] = f'{how}; filename="{digest[:16]}.{_ENDINGS.get(kind, "bin")}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = _POLICY
    answer["Cross-Origin-Resource-Policy"] = "same-site"
    answer["Cache-Control"] = keep
    answer["ETag"] = f'"{digest}"'
    return answer
