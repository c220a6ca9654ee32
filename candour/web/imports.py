"""Import: a file is looked at row by row, and nothing is written before the reader says so. Posts come in batch by batch."""

from __future__ import annotations

import re
import shutil
import uuid
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from candour.channels.base import ChannelError
from candour.channels.file_import import FIELDS, ImportProfile, look_at
from candour.channels.file_kind import is_words
from candour.core.rights import functions_for
from candour.flows import account_rows, imports
from candour.flows.answers import Refusal
from candour.flows.import_profiles import profile_names, profile_of, save_profile
from candour.flows.imports import Preview
from candour.insight.source_queries import last_imports
from candour.people.rights import Held, Place, markets_for, may
from candour.registry.queries import markets
from candour.web.words import Look

MOST_BYTES = 50 * 1024 * 1024
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson")
#: Uploads nobody imported are taken away after a day: they may hold personal data.
KEPT = timedelta(days=1)
#: First bytes by which a file is known.
HEAD = 4096
#: Posts per request: each stays well below a web server's patience.
STEP = 500

STATUS: dict[str, Look] = {
    imports.NEW: Look(gettext_lazy("new"), "approved", "plus"),
    imports.CHANGED: Look(gettext_lazy("changes"), "review", "pencil"),
    imports.SAME: Look(gettext_lazy("same"), "line", "check"),
    imports.REFUSED: Look(gettext_lazy("refused"), "blocked", "ban"),
}


@dataclass(slots=True)
class Upload:
    """A file on its way in, kept in the reader's session: where it lies, what it is, and how far its import has come."""

    token: str
    name: str
    kind: str
    ending: str
    market: str = ""
    origin: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    done: int = 0
    stored: int = 0
    known: int = 0
    refused: int = 0
    total: int = 0

    @property
    def file(self) -> Path:
        return _folder() / f"{self.token}{self.ending}"

    @property
    def profile(self) -> ImportProfile:
        return ImportProfile(name=self.name, columns={ours: column for ours, column in self.columns.items() if column})


def _folder() -> Path:
    folder = Path(settings.DATA) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sweep() -> None:
    """Take uploads away that were looked at and never imported."""
    oldest = (timezone.now() - KEPT).timestamp()
    for file in _folder().iterdir():
        if file.is_file() and file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def _kinds(held: tuple[Held, ...]) -> list[str]:
    """What this reader may import."""
    posts = any(grant.function in functions_for("post.import") for grant in held)
    accounts = may(held, "registry.change", Place())
    return [kind for kind, allowed in (("posts", posts), ("accounts", accounts)) if allowed]


def _must(request: HttpRequest) -> list[str]:
    kinds = _kinds(request.reader.held)
    if not kinds:
        raise Http404
    return kinds


def _start_page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    allowed = markets_for(request.reader.held, "post.import")
    context = {
        "kinds": _must(request),
        "kind": request.POST.get("kind") or request.GET.get("kind", ""),
        "markets": [market for market in markets()[:200] if allowed is None or market.code in allowed],
        "everywhere": allowed is None,
        "profiles": profile_names(),
        "last": last_imports(request.reader.held),
        "refusal": refusal,
        "most": MOST_BYTES // (1024 * 1024),
    }
    return render(request, "import.html", context, status=refusal.status if refusal else 200)


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Choose a file; POST keeps it for a look and writes nothing else."""
    _must(request)
    if request.method != "POST":
        return _start_page(request)
    try:
        upload = _received(request)
    except Refusal as refusal:
        return _start_page(request, refusal)
    _remember(request, upload)
    return HttpResponseRedirect(reverse("import-preview", args=[upload.token]))


def _received(request: HttpRequest) -> Upload:
    file, given = request.FILES.get("file"), request.POST
    if given.get("kind") not in _must(request):
        raise Refusal(_("You hold no function that may import this."), remedy=_("The centre of excellence gives functions."))
    if file is None or not file.size:
        raise Refusal(_("Choose a file that is not empty."), status=400)
    if file.size > MOST_BYTES:
        raise Refusal(_("The file is larger than %(most)s MB; import it with the command line.") % {"most": MOST_BYTES >> 20}, status=400)
    return _kept(file, given)


def _kept(file: UploadedFile, given: Any) -> Upload:
    name = Path(file.name or "file").name[:120]
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise Refusal(_("Save the file as CSV or JSON lines; %(ending)s is not read.") % {"ending": ending or name}, status=400)
    if not is_words(file.read(HEAD)):
        raise Refusal(_("This file holds no table of words, whatever its name; save the list as CSV or JSON lines."), status=400)
    file.seek(0)
    profile = profile_of(given.get("profile", ""))
    upload = Upload(
        uuid.uuid4().hex, name, given["kind"], ending, given.get("market", "")[:8], columns=dict(profile.columns) if profile else {}
    )
    upload.origin = given.get("origin", "").strip()[:60] or Path(name).stem[:60]
    _sweep()
    with upload.file.open("wb") as kept:
        shutil.copyfileobj(file.file, kept)
    return upload


def _remember(request: HttpRequest, upload: Upload) -> None:
    request.session[f"import-{upload.token}"] = asdict(upload)


def _upload(request: HttpRequest, token: str) -> Upload:
    """The reader's own upload; another person's token opens nothing."""
    kept = request.session.get(f"import-{token}")
    if kept is None or not re.fullmatch(r"[0-9a-f]{32}", token):
        raise Http404
    upload = Upload(**kept)
    if upload.kind not in _must(request) or not upload.file.exists():
        raise Http404
    return upload


@login_required
@require_safe
def preview(request: HttpRequest, token: str) -> HttpResponse:
    """Every row with what would become of it."""
    upload = _upload(request, token)
    context: dict[str, Any] = {"upload": upload, "looks": STATUS, "show": request.GET.get("show", "")[:8]}
    try:
        header, found, preview = _judged(request, upload)
    except ChannelError as fault:
        return render(request, "import.html", context | {"fault": _told(fault)} | _mapping(upload, (), {}), status=400)
    shown = [(row, STATUS[row.status]) for row in preview.rows if context["show"] in ("", row.status)]
    context |= {"preview": preview, "rows": shown, "counts": [(name, STATUS[name], count) for name, count in preview.counts.items()]}
    return render(request, "import.html", context | _mapping(upload, header, found))


def _judged(request: HttpRequest, upload: Upload) -> tuple[tuple[str, ...], dict[str, str], Preview]:
    now = request.reader.now
    if upload.kind == "accounts":
        table = account_rows.read_table(upload.file, upload.columns)
        if missing := account_rows.missing_columns(table):
            return table.header, table.columns, _refused(missing)
        return table.header, table.columns, account_rows.preview_accounts(request.reader.person, table, now)
    header = look_at(upload.file, upload.profile).header
    found = {ours: name for ours in FIELDS for name in header if name.casefold() == upload.profile.header_of(ours).casefold()}
    return header, found, imports.preview_posts(upload.file, upload.market, upload.origin, now, profile=upload.profile)


def _refused(sentences: list[str]) -> Preview:
    answer = Preview()
    for sentence in sentences:
        answer.add(imports.Row(1, imports.REFUSED, _("Header"), why=sentence))
    return answer


def _told(fault: ChannelError) -> str:
    return _(fault.template) % fault.params if fault.params else _(fault.template)


def _mapping(upload: Upload, header: tuple[str, ...], found: dict[str, str]) -> dict[str, Any]:
    """Our fields, each with the column it is read from; JSON lines have no header to choose from."""
    fields = account_rows.COLUMNS if upload.kind == "accounts" else dict.fromkeys(FIELDS)
    labels = {name: str(label[0]) if label else name.replace("_", " ") for name, label in fields.items()}
    return {"header": header, "mapping": [(name, labels[name], found.get(name, "")) for name in fields], "profiles": profile_names()}


@login_required
@require_POST
def remap(request: HttpRequest, token: str) -> HttpResponse:
    """Choose which column stands for which of our fields, and keep the choice under a name for the next file."""
    upload = _upload(request, token)
    known = account_rows.COLUMNS if upload.kind == "accounts" else FIELDS
    upload.columns = {ours: request.POST.get(f"column-{ours}", "")[:120] for ours in known}
    if name := request.POST.get("save_as", "").strip()[:40]:
        save_profile(name, ImportProfile(name=name, columns={ours: column for ours, column in upload.columns.items() if column}))
    _remember(request, upload)
    return HttpResponseRedirect(reverse("import-preview", args=[token]))


@login_required
@require_POST
def run(request: HttpRequest, token: str) -> HttpResponse:
    """Write what the preview showed: accounts in one act, posts a step at a time until the file ends."""
    upload = _upload(request, token)
    try:
        ended = _take_accounts(request, upload) if upload.kind == "accounts" else _take_posts(request, upload)
    except ChannelError as fault:
        raise Refusal(_told(fault), status=400) from fault
    if ended:
        upload.file.unlink(missing_ok=True)
        del request.session[f"import-{token}"]
        return render(request, "import.html", {"finished": upload})
    _remember(request, upload)
    return render(request, "import.html", {"going": upload})


def _take_accounts(request: HttpRequest, upload: Upload) -> bool:
    table = account_rows.read_table(upload.file, upload.columns)
    counts = account_rows.take_accounts(request.reader.person, table, request.reader.now, name=upload.name).counts
    upload.stored, upload.known = counts[imports.NEW] + counts[imports.CHANGED], counts[imports.SAME]
    upload.refused, upload.done = counts[imports.REFUSED], sum(counts.values())
    return True


def _take_posts(request: HttpRequest, upload: Upload) -> bool:
    me, now = request.reader.person, request.reader.now
    upload.total = upload.total or int(request.POST.get("total", "0") if request.POST.get("total", "0").isdecimal() else 0)
    source = imports.file_source(me, upload.market, upload.origin, now)
    step = imports.take_posts(me, upload.file, source, now, name=upload.name, profile=upload.profile, after=upload.done, steps=1, size=STEP)
    upload.done, upload.stored = step.done, upload.stored + step.stored
    upload.known, upload.refused = upload.known + step.known, upload.refused + step.refused
    return step.ended


urls = [
    path("import/", start, name="import"),
    path("import/<str:token>/", preview, name="import-preview"),
    path("import/<str:token>/columns/", remap, name="import-columns"),
    path("import/<str:token>/run/", run, name="import-run"),
]
