"""`{% translate %}` and `{% url %}` as Django has them, but worked out once: neither changes while the process runs."""

from __future__ import annotations

from django import template
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from candour.web.addresses import address_of

register = template.Library()


class KeptWords(Node):
    """A sentence without anything of the page in it, once for each language."""

    def __init__(self, asked: TranslateNode) -> None:
        self._name, asked.asvar = asked.asvar, None
        self._asked = asked
        self._known: dict[tuple[str | None, bool], str] = {}

    def render(self, context: Context) -> str:
        key = get_language(), context.autoescape
        words = self._known.get(key)
        if words is None:
            words = self._known[key] = self._asked.render(context)
        if self._name:
            context[self._name] = words
            return ""
        return words


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    asked = do_translate(parser, token)
    said = asked.filter_expression
    fixed = said.var.literal is not None and not said.filters and not asked.message_context
    return KeptWords(asked) if fixed else asked


class KeptUrl(URLNode):
    """The address from `address_of`."""

    def render(self, context: Context) -> str:
        name = self.view_name.resolve(context)
        args = [one.resolve(context) for one in self.args]
        kwargs = {key: one.resolve(context) for key, one in self.kwargs.items()}
        try:
            found = address_of(name, *args, **kwargs)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            found = ""
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@register.tag
def url(parser: Parser, token: Token) -> KeptUrl:
    asked = django_url(parser, token)
    return KeptUrl(asked.view_name, asked.args, asked.kwargs, asked.asvar)
