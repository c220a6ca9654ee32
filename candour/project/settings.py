"""Settings from the environment; secrets also from files named by *_FILE or kept below the data directory."""

from __future__ import annotations

import secrets
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environs import Env

from candour.channels.smtp import PATIENCE, SECURITY, MailServer
from candour.project.errors import StartError
from candour.project.logs import configuration

env = Env()
BASE = Path(__file__).resolve().parent.parent
DATA = Path(env.str("CANDOUR_DATA", "data")).resolve()


def secret(name: str, path: Path) -> str:
    """A secret from NAME, from the file in NAME_FILE, or from `path`, made there on first use."""
    if value := env.str(name, ""):
        return value
    if file := env.str(f"{name}_FILE", ""):
        return Path(file).read_text().strip()
    if not path.exists():
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()


def given_secret(name: str) -> str:
    """A secret from NAME or from the file in NAME_FILE; empty when neither is set."""
    file = env.str(f"{name}_FILE", "")
    return env.str(name, "") or (Path(file).read_text().strip() if file else "")


KEYS = DATA / "keys"
SECRET_KEY = secret("CANDOUR_SECRET_KEY", KEYS / "secret")
NEWSROOM_TOKEN = secret("CANDOUR_NEWSROOM_TOKEN", KEYS / "newsroom")
PSEUDONYM_KEY = secret("CANDOUR_PSEUDONYM_KEY", KEYS / "pseudonym")
#: Opens /metrics to other machines; without it only this machine reads them.
METRICS_TOKEN = given_secret("CANDOUR_METRICS_TOKEN")
DEBUG = env.bool("CANDOUR_DEBUG", False)
PORT = env.int("CANDOUR_PORT", 8321)
BASE_URL = env.str("CANDOUR_BASE_URL", f"http://127.0.0.1:{PORT}")
ALLOWED_HOSTS = env.list("CANDOUR_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
#: Private hosts the network doors may reach, as exact host:port entries; our own newsroom is always one of them.
ALLOWED_PRIVATE = (BASE_URL.split("//", 1)[1], *filter(None, env.list("CANDOUR_ALLOWED_PRIVATE", [])))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "procrastinate.contrib.django",
    "candour.people",
    "candour.journal",
    "candour.registry",
    "candour.listening",
    "candour.messages",
    "candour.training",
    "candour.newsroom",
    "candour.cases",
    "candour.safety",
    "candour.assurance",
    "candour.web",
]

MIDDLEWARE = [
    "candour.web.request_log.RequestMiddleware",
    # before all others, so that redirects and refusals of all others carry their headers too
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "candour.web.middleware.ReaderMiddleware",
    "candour.web.middleware.SignInMiddleware",
    "candour.web.start.StartMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "candour.web.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "candour.project.urls"
WSGI_APPLICATION = "candour.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "candour.web.context.shell",
                "candour.project.demo.shown.demo_secret",
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "candour.web.templatetags.candour",
                "candour.web.templatetags.kept",
            ],
        },
    }
]


def _database() -> dict[str, object]:
    from candour.project.postgres import database_settings  # only settings need the server's place

    return database_settings(DATA)


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "sign-in"
LOCK_AFTER_ATTEMPTS = 5
LOCK_MINUTES = 15

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("ar", _("Arabic")), ("eo", _("Pseudo-locale"))]
LOCALE_PATHS = [BASE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

HTTPS = BASE_URL.startswith("https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_ENGINE = "candour.people.session_store"
SESSION_COOKIE_AGE = 10 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
#: How many proxies of ours pass requests on. Only then their word counts for the address and for https.
PROXIES = env.int("CANDOUR_PROXIES", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_SSL_REDIRECT = HTTPS and PROXIES > 0
SECURE_REDIRECT_EXEMPT = [r"^(?:healthz|readyz|metrics)/?$"]  # asked by machines of this house, without TLS
CSRF_TRUSTED_ORIGINS = [BASE_URL.rstrip("/")] if HTTPS else []
#: Strict transport for subdomains and the browsers' preload list are decisions about the company's whole domain, not about Candour's host.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024


def _mail_server() -> MailServer | None:
    """The mail server of CANDOUR_SMTP; None without one."""
    host, _sep, port = env.str("CANDOUR_SMTP", "").rpartition(":")
    host, port = (host, port) if port.isdecimal() else (env.str("CANDOUR_SMTP", ""), "")
    if not host:
        return None
    security = env.str("CANDOUR_SMTP_SECURITY", "starttls")
    if security not in SECURITY:
        raise StartError(f"CANDOUR_SMTP_SECURITY is {security!r}: set it to {', '.join(SECURITY)}.")
    usual = {"starttls": 587, "tls": 465, "none": 25}[security]
    user, password, own = env.str("CANDOUR_SMTP_USER", ""), given_secret("CANDOUR_SMTP_PASSWORD"), env.str("CANDOUR_SMTP_CA", "")
    if password and security == "none":
        raise StartError("CANDOUR_SMTP_PASSWORD would leave in the clear: set CANDOUR_SMTP_SECURITY to starttls or tls.")
    return MailServer(host.strip("[]"), int(port or usual), security, user, password, own)


SMTP = _mail_server()
#: The address mails come from.
MAIL_FROM = DEFAULT_FROM_EMAIL = env.str("CANDOUR_MAIL_FROM", "candour@localhost")
if MAIL_FROM.count("@") != 1 or not MAIL_FROM.isascii() or any(sign in MAIL_FROM for sign in " \r\n<>,"):
    raise StartError(f"CANDOUR_MAIL_FROM is {MAIL_FROM!r}: set it to one plain address.")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if SMTP else 'dummy'}.EmailBackend"
if SMTP:
    EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = SMTP.host, SMTP.port, SMTP.user, SMTP.password
    EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = SMTP.security == "starttls", SMTP.security == "tls", PATIENCE

#: Comments that one address may send to a newsroom in ten minutes.
COMMENTS_PER_ADDRESS = env.int("CANDOUR_COMMENTS_PER_ADDRESS", 10)
#: Seconds between seals of the journal, and the time a reply is held so that it can be taken back.
SEAL_EVERY_SECONDS = env.float("CANDOUR_SEAL_EVERY", 3.0)
HOLD_REPLY_SECONDS = env.int("CANDOUR_HOLD_REPLY", 10)
#: Seconds after which a live text is compared with what was signed once more.
LOOK_AGAIN_SECONDS = env.int("CANDOUR_LOOK_AGAIN", 60)
PROCRASTINATE_IMPORT_PATHS = ["candour.project.jobs"]
#: `line` to read, `json` for a machine that collects. With json every request is a line too, unless the other setting says otherwise.
LOG_FORMAT = env.str("CANDOUR_LOG_FORMAT", "line")
if LOG_FORMAT not in ("line", "json"):
    raise StartError(f"CANDOUR_LOG_FORMAT is {LOG_FORMAT!r}: set it to line or json.")
LOG_REQUESTS = env.bool("CANDOUR_LOG_REQUESTS", LOG_FORMAT == "json")
LOGGING = configuration(LOG_FORMAT)
