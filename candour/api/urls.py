"""Machine doors."""

from candour.api import health, newsroom

urlpatterns: list = [*health.urls, *newsroom.urls]
