"""Machine doors."""

from candour.api import newsroom

urlpatterns: list = [*newsroom.urls]
