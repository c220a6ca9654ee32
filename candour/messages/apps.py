from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "candour.messages"
    label = "approval"
    default_auto_field = "django.db.models.BigAutoField"
