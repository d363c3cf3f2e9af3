"""Settings of the service. Every value that differs between places comes from the environment.

A missing or malformed value stops the start with a message that names it (style: fail loudly).
"""

from datetime import date
from pathlib import Path

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from environs import Env
from marshmallow.validate import OneOf, Range

from rvss.log import logging_config
from rvss.message_settings import check_notify

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = BASE_DIR / ".local"

env = Env()

# --- Where the service runs ---------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"] if DEBUG else [])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
# The commit that is running; reports name it. Empty: what git says.
CODE_VERSION = env.str("CODE_VERSION", "")
# "secure" is off only where there is no TLS: on a developer's machine and in tests.
SECURE = env.bool("SECURE", not DEBUG)

# --- Parts of the service -----------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "govuk_frontend_jinja",
    "accounts",
    "applications",
    "codeofpractice",
    "assurance",
    "reviews",
    "rvss",
]

MIDDLEWARE = [
    "rvss.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "rvss.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # After those whose work the error page shows.
    "rvss.middleware.RefuseUnreadable",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.RequireSecondFactor",
    "rvss.middleware.RefusedTransitions",
    "rvss.middleware.LostConnections",
]

ROOT_URLCONF = "rvss.urls"
WSGI_APPLICATION = "rvss.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Data ---------------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(env.str("DATABASE_URL"), conn_max_age=600, conn_health_checks=True)
}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    f"-c statement_timeout={env.int('DATABASE_STATEMENT_TIMEOUT_MS', 15000)} "
    "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000 "
    # Pages ask for a few rows by an index. PostgreSQL's own costs are those of a disk that turns: by them it
    # would rather read whole tables, and start workers or a compiler, which takes longer than the query.
    "-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c jit=off"
)

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL"),
        "KEY_PREFIX": "rvss",
    }
}

# --- Templates ----------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "rvss.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rvss.context.service",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "rvss.forms.GovukRenderer"

# --- Static files -------------------------------------------------------------------------------
# The design system's stylesheet asks for /assets/fonts and /assets/images.
STATIC_URL = "/assets/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    BASE_DIR / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "assets",
    BASE_DIR / "node_modules" / "@ministryofjustice" / "frontend" / "moj" / "assets",
    LOCAL_DIR / "frontend",
]
MANIFEST_STATIC_FILES = env.bool("MANIFEST_STATIC_FILES", not DEBUG)

# The crown and the GDS Transport typeface belong on gov.uk domains only.
GOVUK_BRAND = env.bool("GOVUK_BRAND", False)

# --- Files that people upload -------------------------------------------------------------------
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 20 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = [
    "codeofpractice.uploads.StopAtLimit",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Empty is allowed only in development (rvss.E001 refuses it otherwise): uploads then wait.
CLAMD_SOCKET = env.str("CLAMD_SOCKET", "")
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "")
FILES_DIR = env.str("FILES_DIR", str(LOCAL_DIR / "files"))
if S3_BUCKET:
    private_files = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT_URL or None,
            "region_name": env.str("S3_REGION", "eu-west-2"),
            # Without keys the machine's own role is used.
            "access_key": env.str("S3_ACCESS_KEY_ID", "") or None,
            "secret_key": env.str("S3_SECRET_ACCESS_KEY", "") or None,
            # Stores other than Amazon's have the bucket in the path, not in a name of its own.
            "addressing_style": "path" if S3_ENDPOINT_URL else "auto",
            "signature_version": "s3v4",
            "default_acl": None,
            "file_overwrite": False,
        },
    }
else:
    private_files = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FILES_DIR, "base_url": None},
    }
STORAGES = {
    "default": private_files,
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if MANIFEST_STATIC_FILES
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

# --- Who are you? -------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpDetails"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
# A new address counts once its link was opened, and takes the place of the old one.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {"add_email": "accounts.email_forms.NewEmail"}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_USER_DISPLAY = "accounts.adapters.display_name"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Rental Vehicle Security Scheme"
# A key for second-factor secrets at rest (Fernet). Falls back to one derived from SECRET_KEY.
MFA_ENCRYPTION_KEY = env.str("MFA_ENCRYPTION_KEY", "")
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", not DEBUG)

# --- Headers and cookies ------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "rvss.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Messages -----------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "rvss@example.com")
EMAIL_SPOOL_DIR = env.str("EMAIL_SPOOL_DIR", "")
if EMAIL_SPOOL_DIR:
    # Development: mail is written to files, and /development/mail/ shows them.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = EMAIL_SPOOL_DIR
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env.str("EMAIL_HOST", "")
    EMAIL_PORT = env.int("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
    EMAIL_TIMEOUT = 10
# The way out: a mail server, or GOV.UK Notify with one template of ((subject)) and ((body)).
MESSAGES_VIA = env.str("MESSAGES_VIA", "smtp", validate=OneOf(["smtp", "notify"]))
NOTIFY_API_KEY = env.str("NOTIFY_API_KEY", "")
NOTIFY_TEMPLATE_ID = env.str("NOTIFY_TEMPLATE_ID", "")
NOTIFY_BASE_URL = env.str("NOTIFY_BASE_URL", "https://api.notifications.service.gov.uk")
# What Notify sends with its receipts; without one no receipt is believed.
NOTIFY_CALLBACK_TOKEN = env.str("NOTIFY_CALLBACK_TOKEN", "")
if MESSAGES_VIA == "notify":
    check_notify(
        api_key=NOTIFY_API_KEY,
        template_id=NOTIFY_TEMPLATE_ID,
        base_url=NOTIFY_BASE_URL,
        callback_token=NOTIFY_CALLBACK_TOKEN,
    )

# --- Work that outlives a request ---------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Europe/London"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# The share of checks that a second assurer reads blind, besides every one with a point that is not met.
SECOND_READING_SHARE = env.float("SECOND_READING_SHARE", 0.1, validate=Range(0, 1))

# A beat sweeper restarts whatever a crash between commit and publish left pending.
CELERY_BEAT_SCHEDULE = {
    "send-pending-notifications": {"task": "accounts.tasks.sweep_notifications", "schedule": 60.0},
    "scan-waiting-files": {"task": "codeofpractice.tasks.sweep_files", "schedule": 60.0},
    "read-waiting-documents": {"task": "codeofpractice.tasks.sweep_documents", "schedule": 60.0},
    "move-plans-on": {"task": "codeofpractice.tasks.sweep_moves", "schedule": 60.0},
    "report-orphans": {"task": "codeofpractice.tasks.report_orphans", "schedule": crontab(hour=3, minute=40)},
    "keep-actions": {"task": "assurance.tasks.keep_actions", "schedule": crontab(hour="7,13", minute=35)},
    "keep-checks": {"task": "assurance.tasks.keep_checks", "schedule": crontab(hour="6-20", minute=50)},
    "go-on-with-results": {"task": "assurance.tasks.sweep_partner_lists", "schedule": 60.0},
    "restart-stuck-reports": {"task": "reviews.tasks.sweep_reports", "schedule": 60.0},
    "remind-of-declarations": {"task": "applications.tasks.remind_of_declarations", "schedule": 3600.0},
    # By day only, as it writes to people; several times, so that a run that was missed is made good.
    "keep-memberships": {
        "task": "applications.tasks.keep_memberships",
        "schedule": crontab(hour="8,11,14,17", minute=10),
    },
    "keep-drafts": {
        "task": "applications.tasks.keep_drafts",
        "schedule": crontab(hour="8,11,14,17", minute=25),
    },
    "remind-of-plans": {
        "task": "codeofpractice.tasks.remind_of_plans",
        "schedule": crontab(hour="8,11,14,17", minute=40),
    },
    "pass-on-join-requests": {"task": "applications.tasks.sweep_join_requests", "schedule": 60.0},
    "go-on-with-enrolments": {"task": "applications.tasks.sweep_enrolments", "schedule": 60.0},
    "remind-enrolled": {
        "task": "applications.tasks.keep_enrolled",
        "schedule": crontab(hour="9,13,16", minute=20),
    },
    "keep-contacts": {"task": "applications.tasks.keep_contacts", "schedule": 3600.0},
    "keep-tokens": {"task": "accounts.tasks.keep_tokens", "schedule": 3600.0},
    "sweep-copies": {"task": "rvss.tasks.sweep_exports", "schedule": 60.0},
    "erase-what-is-due": {"task": "rvss.tasks.carry_out_erasures", "schedule": 3600.0},
    # By day, on the first of the month: administrators are written to, and have 14 days to approve.
    "report-retention": {
        "task": "rvss.tasks.start_retention",
        "schedule": crontab(day_of_month="1", hour="9", minute="20"),
    },
    "sweep-retention": {"task": "rvss.tasks.sweep_retention", "schedule": 300.0},
    "remind-of-reviews": {
        "task": "reviews.tasks.remind_of_windows",
        "schedule": crontab(hour="8,11,14,17", minute=50),
    },
    "take-snapshot": {"task": "reviews.tasks.take_snapshot", "schedule": 3600.0},
}

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    # A session opens nothing here: what a browser sends by itself must not be enough to write.
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.token_auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.token_auth.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "accounts.token_auth.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": [
        "accounts.token_auth.TokenThrottle",
        "rest_framework.throttling.AnonRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": env.str("API_ANONYMOUS_RATE", "120/min")},
    "EXCEPTION_HANDLER": "accounts.problems.handle_exception",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
}
API_TOKEN_REQUESTS_A_MINUTE = env.int("API_TOKEN_REQUESTS_A_MINUTE", 120)
# What a token may be for: in words, and the roles whose tokens may have it.
API_SCOPES = {
    "enrolments:read": ("See enrolments and the companies that came through them", ["partner"]),
    "enrolments:write": ("Send in enrolments and start their import", ["partner"]),
    "results:read": ("See the results of inspections that you have sent", ["partner"]),
    "results:write": ("Send in the results of inspections", ["partner"]),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rental Vehicle Security Scheme",
    "DESCRIPTION": "The public register of members and take-up of the scheme; and, with a token, enrolment "
    "of members by approved partners, and results of their inspections. docs/api.md shows the way through.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- Companies House ----------------------------------------------------------------------------
# Without a key nothing is looked up, and the form says so.
COMPANIES_HOUSE_URL = env.str("COMPANIES_HOUSE_URL", "https://api.company-information.service.gov.uk")
COMPANIES_HOUSE_KEY = env.str("COMPANIES_HOUSE_KEY", "")

# --- The scheme ---------------------------------------------------------------------------------
SCHEME_LAUNCHED_ON = date.fromisoformat(env.str("SCHEME_LAUNCHED_ON", "2018-12-06"))

# --- Language, time, log ------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
LOGGING = logging_config(
    env.str("LOG_FORMAT", "plain" if DEBUG else "json", validate=OneOf(["json", "plain"])),
    env.str("LOG_LEVEL", "INFO"),
)
