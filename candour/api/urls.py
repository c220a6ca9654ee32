"""Machine doors."""

from candour.api import acts, health, newsroom

urlpatterns: list = [*health.urls, *newsroom.urls, *acts.urls]
