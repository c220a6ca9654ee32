"""Template tags and filters of the visual language: icons, clocks, chips, marked words."""

from __future__ import annotations

from django import template

register = template.Library()
