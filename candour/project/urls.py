"""Addresses of all screens and machine doors."""

from django.urls import include, path

urlpatterns = [path("", include("candour.web.urls")), path("", include("candour.api.urls"))]
handler500 = "candour.web.outage.failed"
