"""Machine doors."""

from candour.api import claims, health, newsroom

urlpatterns: list = [*claims.urls, *health.urls, *newsroom.urls]
