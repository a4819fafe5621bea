"""Django's settings, from the environment through `setting()`; docs/settings.md lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sitong.shared.access.keys import KeyRing
from sitong.shared.config import counted, host_and_port, one_of, setting, yes_or_no
from sitong.shared.postgres import Cluster

CHECKOUT = Path(__file__).resolve().parents[2]

VAR = setting(
    "SITONG_VAR",
    str(CHECKOUT / "var"),
    "Folder of everything that is written: database, keys, exports, backups.",
    lambda raw: Path(raw).expanduser().absolute(),
)
DEMO = setting(
    "SITONG_DEMO",
    "0",
    "1 opens the demo: its accounts, its printed sign-in codes, its payment provider. Never on a real shop.",
    yes_or_no,
)
DEMO_PROVIDER_PORT = setting("SITONG_DEMO_PROVIDER_PORT", "8001", "Loopback port of the demo's payment provider.", int)
DEMO_CARRIERS_PORT = setting(
    "SITONG_DEMO_CARRIERS_PORT",
    "8003",
    "Loopback port of the demo's carriers of messages; its front page is their inbox.",
    int,
)
DEMO_WECHAT_PORT = setting("SITONG_DEMO_WECHAT_PORT", "8002", "Loopback port of the demo's WeChat sign-in.", int)
DEBUG = setting("SITONG_DEBUG", "0", "1 shows error details in the browser. Never on a real shop.", yes_or_no)
LISTEN = setting(
    "SITONG_LISTEN",
    "127.0.0.1:8000",
    "Address and port on which the web process listens; 0.0.0.0:8000 for all interfaces.",
    host_and_port,
)
WEB_THREADS = setting(
    "SITONG_THREADS",
    "8",
    "Threads of a web process for what the hot lanes do not answer; each keeps a database connection.",
    counted,
)
BODY_BYTES_MAX = setting(
    "SITONG_BODY_BYTES_MAX", "20000000", "Largest request that is read, in bytes; uploads of files included.", counted
)
METRICS_TOKEN = setting(
    "SITONG_METRICS_TOKEN",
    "",
    "Bearer token with which /metrics may be read from elsewhere; empty: from this machine only.",
    str,
)
READY_LAG_S = setting(
    "SITONG_READY_LAG_S", "900", "Seconds that a subscriber may be behind before /readyz says no.", counted
)
LOG_LEVEL = setting(
    "SITONG_LOG_LEVEL",
    "INFO",
    "Least level that is logged: DEBUG, INFO, WARNING or ERROR. INFO has a line for each request.",
    str.upper,
)
LOG_READABLE = setting(
    "SITONG_LOG_READABLE", "0", "1 writes logs for people's eyes, 0 as one JSON object a line.", yes_or_no
)
WEB_WORKERS = setting("SITONG_WORKERS", "1", "Number of web processes that share the port.", counted)
PUBLIC_URL = setting(
    "SITONG_PUBLIC_URL",
    f"http://{'127.0.0.1' if LISTEN[0] == '0.0.0.0' else LISTEN[0]}:{LISTEN[1]}",  # noqa: S104 - compared, not bound
    "Address under which people reach the platform; used in links, QR codes and cookies.",
    str,
)
ALLOWED_HOSTS = setting(
    "SITONG_HOSTS",
    "127.0.0.1,localhost,[::1],testserver",
    "Host names that the platform answers to, comma separated.",
    lambda raw: [host for host in raw.split(",") if host],
)
KEYS_FILE = setting(
    "SITONG_KEYS",
    str(VAR / "keys.json"),
    "File of the secret keys (made at the first start, mode 0600); keep a copy of it away from the database's backup.",
    Path,
)
KEYS = KeyRing.read(KEYS_FILE)
SECRET_KEY = KEYS.derive("django").hex()

# --- database: `default` is a role that owns nothing; `owner` makes tables and nothing else -----------------------
APP_ROLE, OWNER_ROLE, DATABASE = "sitong_app", "sitong_owner", "sitong"
CLUSTER = Cluster(VAR / "postgres")


def database(url: str) -> dict[str, Any]:
    """Give Django's entry for a postgresql:// address; a socket folder goes into `?host=`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("use postgresql://role:password@host:port/database")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**options, "application_name": "sitong", "prepare_threshold": 2},
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


_url = setting(
    "DATABASE_URL",
    "",
    "PostgreSQL 16 or newer for the application's role (no superuser, owner of nothing); empty: the embedded one.",
    str,
)
_owner_url = setting(
    "DATABASE_OWNER_URL",
    "",
    "The same database for the role that owns the tables; needed by `sitong migrate`, `backup` and `restore` only.",
    str,
)
EMBEDDED = not _url
DATABASES = {
    "default": database(_url or CLUSTER.url(DATABASE, APP_ROLE)),
    "owner": database(_owner_url or _url or CLUSTER.url(DATABASE, OWNER_ROLE)),
}
DATABASE_ROUTERS: list[str] = []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "sitong.shared.apps.SharedConfig",
    "sitong.org.apps.OrgConfig",
    "sitong.goods.apps.GoodsConfig",
    "sitong.member.apps.MemberConfig",
    "sitong.marketing.apps.MarketingConfig",
    "sitong.scene.apps.SceneConfig",
    "sitong.distribution.apps.DistributionConfig",
    "sitong.insight.apps.InsightConfig",
    "sitong.console.apps.ConsoleConfig",
]
AUTH_USER_MODEL = "shared.Account"
AUTHENTICATION_BACKENDS = ["sitong.shared.access.backend.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
MFA_ADAPTER = "sitong.shared.access.factors.SealedFactors"
CODE_SENDER = setting(
    "SITONG_CODE_SENDER",
    "",
    "Python path of the class that sends sign-in codes to phones; empty: none, in the demo one that prints them.",
    str,
)
TOKEN_MINUTES = setting("SITONG_TOKEN_MINUTES", "30", "Minutes that an API token holds after sign-in.", counted)
LIMITS_FACTOR = setting(
    "SITONG_LIMITS",
    "1",
    "Multiplies how often strangers may try to sign in and ask for codes; 100 for a load test.",
    counted,
)
PROXIES = setting(
    "SITONG_PROXIES",
    "0",
    "Number of trusted proxies in front that add to X-Forwarded-For; 0 takes the caller's own address.",
    int,
)
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGGING_CONFIG = "sitong.shared.observe.logs.start_logs_of"
LOGGING = {"level": LOG_LEVEL, "readable": LOG_READABLE}

MIDDLEWARE = [
    "sitong.console.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "sitong.console.middleware.ViewerMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "sitong.console.urls"
WSGI_APPLICATION = "sitong.console.wsgi.application"

WORDS = ["shared", "org", "goods", "member", "marketing", "scene", "distribution", "insight", "console"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [CHECKOUT / "sitong" / "shared" / "i18n" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = setting(
    "SITONG_TIME_ZONE",
    "Asia/Shanghai",
    "Time zone of pages that belong to no store, and the default of a new store (IANA name).",
    str,
)

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sitong.console.assets.HashedAssets"},
}
WHITENOISE_USE_FINDERS = True  # before anything is collected (tests, a first look) the source tree's files are served
WHITENOISE_MAX_AGE = 3600

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
EVENTS_KEPT_DAYS = setting(
    "SITONG_EVENTS_KEPT_DAYS", "30", "Days for which events are kept after every subscriber has read them.", counted
)
WEBHOOKS_INSIDE = setting(
    "SITONG_WEBHOOKS_INSIDE",
    "1" if DEMO else "0",
    "1 lets webhooks go to plain http and to loopback and private addresses. Never on a shop that others can reach.",
    yes_or_no,
)

LAKE_FOLDER = setting(
    "SITONG_LAKE",
    str(VAR / "lake"),
    "Folder of the lake's Parquet files; another machine's engine must see the same.",
    Path,
)
LAKE_MEMORY = setting("SITONG_LAKE_MEMORY", "4GB", "Memory that DuckDB may use for one question about the lake.", str)
LAKE_THREADS = setting(
    "SITONG_LAKE_THREADS", "0", "Threads that DuckDB uses for one question about the lake; 0: one for each core.", int
)
LAKE_EVERY_S = setting(
    "SITONG_LAKE_EVERY_S", "30", "Seconds after which what happened is written into the lake, at the latest.", counted
)
LAKE_KEPT_MINUTES = setting(
    "SITONG_LAKE_KEPT_MINUTES",
    "60",
    "Minutes for which files that were replaced stay for those who still read them.",
    counted,
)
ENGINE = setting(
    "ENGINE",
    "duckdb",
    "What runs questions about the lake: duckdb (in the process that asks) or spark (a cluster; needs the package sitong[spark]).",
    one_of("duckdb", "spark"),
)
SPARK_MASTER = setting("SITONG_SPARK_MASTER", "local[2]", "The Spark cluster that is asked with ENGINE=spark.", str)

_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
