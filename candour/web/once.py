"""Acts that must not happen twice: the form carries a token of its own, and the second time leads to what the first time made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from candour.people import actions

View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Do a form's act once per token. Sent again, also at the same moment, it gets the first answer's address and nothing is written.

    A refused form keeps its token, so that the same form can be mended and sent again. A form without a token is done as it comes.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token = request.POST.get("once", "")[:64]
        if request.method != "POST" or not token.isalnum():
            return view(request, *args, **kwargs)
        with transaction.atomic():
            before = actions.spend_form(request.reader.person, token, request.reader.now)
            if before is not None:
                return HttpResponseRedirect(before or request.path)
            answer = view(request, *args, **kwargs)
            where = answer.url if isinstance(answer, HttpResponseRedirect) else None
            actions.keep_answer(request.reader.person, token, where)
            return answer

    return guarded
