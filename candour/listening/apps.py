from django.apps import AppConfig


class ListeningConfig(AppConfig):
    name = "candour.listening"
    label = "listening"
    default_auto_field = "django.db.models.BigAutoField"
