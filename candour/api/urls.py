"""Machine doors."""

from candour.api import acts, claims, health, newsroom, screening

urlpatterns: list = [*acts.urls, *claims.urls, *health.urls, *newsroom.urls, *screening.urls]
