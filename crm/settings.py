"""
Settings, from the environment, with the embedded product (SQLite, one process) as the default.

A production start (DEBUG off) without a secret or allowed hosts stops with a sentence.
"""

import datetime as dt
from pathlib import Path

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", False)
TESTING = env.bool("CRM_TESTING", False)
DEVELOPMENT_KEY = "development-only-not-a-secret-" + "0123456789" * 3
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "Set SECRET_KEY to a long random text, or DEBUG=true for development."
        )
    SECRET_KEY = DEVELOPMENT_KEY
if not DEBUG and (SECRET_KEY == DEVELOPMENT_KEY or len(SECRET_KEY) < 32):
    raise ImproperlyConfigured(
        "SECRET_KEY must be a secret: 32 random characters or more, of your own."
    )
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"] if DEBUG else []
)
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "Set ALLOWED_HOSTS to the names this server answers to, separated by commas."
    )
if "*" in ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS must name hosts: * lets anybody's links pass as ours."
    )

REDIS_URL = env.str("REDIS_URL", "")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "crm.admin_apps.CrmAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "import_export",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "django_htmx",
    "core.ui",
    "core.tenancy",
    "core.identity",
    "core.audit",
    "core.changes",
    "core.requests",
    "core.jobs",
    "core.exports",
    "core.imports",
    "core.webhooks",
    "customers",
    "interactions",
    "appointments",
    "analytics",
    "crm",
]

MIDDLEWARE = [
    "crm.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "crm.middleware.EncryptedApis",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crm.middleware.CompressedPages",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "crm.middleware.BothSlashForms",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.ui.middleware.PageLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.ui.middleware.PageSessions",
    "core.ui.middleware.AdminTimeZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.middleware.BodyLimit",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.ui.shell.context",
            ]
        },
    }
]

# Database

DATABASES = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", "") or f"sqlite:///{VAR_DIR / 'crm.sqlite3'}"
    )
}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(exist_ok=True)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA "
            "cache_size=-65536;"
        ),
    }
    if TESTING:  # a file, not memory: the tests of races need several connections to one database
        _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    _database["ENGINE"] = "crm.postgresql"
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True
    # seconds; the server's are shorter (crm/gunicorn.py), for somebody waits there
    _session = {
        "statement_timeout": f"{env.int('STATEMENT_TIMEOUT', 0)}s",
        "lock_timeout": f"{env.int('LOCK_TIMEOUT', 60)}s",
        "idle_in_transaction_session_timeout": f"{env.int('IDLE_TRANSACTION_TIMEOUT', 600)}s",
    }
    if TESTING:  # a test database that a crash takes along is made again
        _session = {"synchronous_commit": "off"}
    _database.setdefault("OPTIONS", {})
    _database["OPTIONS"]["options"] = " ".join(f"-c {k}={v}" for k, v in _session.items())
    if _pool := env.int("DATABASE_POOL", 0):  # connections that a process's threads share
        # who gets none in ten seconds is told that the database is busy
        _database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": _pool, "timeout": 10}
        _database["CONN_MAX_AGE"] = 0

# Whose the tables are, and who changes them (manage.py migrate); else DATABASE_URL's role does all
MIGRATION_DATABASE = {
    name: value
    for name, value in (
        env.db_url_config(env.str("MIGRATION_DATABASE_URL"))
        if env.str("MIGRATION_DATABASE_URL", "")
        else {}
    ).items()
    if name in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
}
if MIGRATION_DATABASE:
    MIGRATION_DATABASE.setdefault("OPTIONS", {})

# What the application's role may do with tables that are written once (core/database_roles.py)
APPEND_ONLY = {
    "audit.AuditEntry": ("SELECT", "INSERT"),
    "audit.AuditSeal": ("SELECT", "INSERT"),
    "audit.SealedEntry": ("SELECT", "INSERT"),
    "customers.Consent": ("SELECT", "INSERT"),
    "customers.LoyaltyEntry": ("SELECT", "INSERT"),
    "customers.WordingVersion": ("SELECT", "INSERT", "DELETE"),
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# What each app holds of a customer: its figures, what forbids erasure and what erasure does.
CUSTOMER_PARTS = [
    "customers.customer_part.CustomersPart",
    "interactions.customer_part.InteractionsPart",
    "appointments.customer_part.AppointmentsPart",
]

# What was changed can be taken back for so many days; and how, by the kind of record

CHANGES_KEPT_DAYS = env.int("CHANGES_KEPT_DAYS", 30)
CHANGE_RESTORERS = [
    "customers.restoring.RESTORERS",
    "interactions.restoring.RESTORERS",
    "appointments.restoring.RESTORERS",
    "core.tenancy.services.restoring.RESTORERS",
]

# Values of a customer that stand in rows of other tables, and what reads and sets them

CUSTOMER_LISTS = {
    "preferred_services": "appointments.preferences.PREFERRED_SERVICES",
    "preferred_staff": "appointments.preferences.PREFERRED_STAFF",
}

# What the audit's acts are called: a mapping of act → name

ACT_NAMES = "crm.pages.acts.ACTS"

# How pages speak of the jobs of each kind; of others by its name alone.
JOB_SUMMARIES = {
    "import": "core.jobs.summaries.ImportSummary",
    "recalculation": "customers.pages.jobs.RecalculationSummary",
    "bulk_update": "customers.pages.jobs.BulkUpdateSummary",
    "retention": "customers.pages.jobs.RetentionSummary",
    "sensitive_fields": "customers.pages.jobs.SensitiveFieldsSummary",
    "undo": "core.jobs.summaries.UndoSummary",
}

# Work that the page of jobs offers to start.
JOB_OFFERS = ["customers.pages.jobs.RECALCULATE"]

# Services of the apps above that an organization's changed thresholds call, once an environment,
# and the kind of the job that they start.
THRESHOLDS_CHANGED = ["customers.services.jobs.start_segmentation"]
THRESHOLDS_JOB = "recalculation"
THRESHOLDS_PREVIEW = "customers.selectors.thresholds.label_changes"

# the same of the names of sensitive custom fields
SENSITIVE_FIELDS_CHANGED = ["customers.services.sensitive.start_concealment"]

# What saved replies may be filled with
REPLY_FIELDS = ["interactions.replies.CUSTOMER", "appointments.replies.NEXT_APPOINTMENT"]

# What can be taken out as a table, and how long its file stays

EXPORT_TABLES = {
    "customers": "customers.tables.CUSTOMERS",
    "projects": "customers.tables.PROJECTS",
    "interactions": "interactions.tables.INTERACTIONS",
    "follow_ups": "interactions.tables.FOLLOW_UPS",
    "appointments": "appointments.tables.APPOINTMENTS",
    "transactions": "customers.tables.TRANSACTIONS",
}
EXPORT_EXPIRY = dt.timedelta(hours=env.int("EXPORT_EXPIRY_HOURS", 24))
EXPORT_WORKPLACE = VAR_DIR / "exporting"

# What can be taken in from a file, and how; and the page that lists the customers

IMPORTED_LIST = "customers:list"

IMPORTS = {
    "customers": "customers.imports.customers.CUSTOMER_IMPORT",
    "projects": "customers.imports.projects.PROJECT_IMPORT",
    "transactions": "customers.imports.transactions.TRANSACTION_IMPORT",
    "interactions": "interactions.imports.INTERACTION_IMPORT",
    "appointments": "appointments.imports.APPOINTMENT_IMPORT",
}

# What other systems are told

EVENTS_ANNOUNCED = ["core.webhooks.waking.call_dispatcher"]  # called where events were committed
WEBHOOK_RECORDS = "crm.api.webhooks.native_records"  # reads the records that events are about
WEBHOOKS_ALLOW_LOOPBACK = env.bool("WEBHOOKS_ALLOW_LOOPBACK", DEBUG)  # and plain http, to try them

# Background work: Celery's workers where there is a Redis, else threads of this process

# an organization runs one of each
JOB_KINDS = [
    "recalculation",
    "bulk_update",
    "export",
    "import",
    "retention",
    "sensitive_fields",
    "undo",
]
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# workers and beat wait for a broker however long it is away
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 7 * 3600,  # longer than any task may take
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
    "max_retries": 0,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False  # nobody waits for a broker: what isn't sent, the sweep sends
CELERY_RESULT_EXPIRES = None  # there are no results to clean
# short work; that of jobs (core.jobs.tasks.JobTask) has limits and workers of its own, so that
# nothing long keeps the sweep waiting
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 70
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_TASK_ROUTES = {
    "core.audit.tasks.verify_chain": {"queue": "long"},
    "core.changes.tasks.undo": {"queue": "long"},
    "core.exports.tasks.write_export": {"queue": "long"},
    "core.imports.tasks.check_import": {"queue": "long"},
    "core.imports.tasks.write_import": {"queue": "long"},
    "customers.tasks.assign_segments": {"queue": "long"},
    "customers.tasks.conceal_sensitive_fields": {"queue": "long"},
    "customers.tasks.erase_inactive": {"queue": "long"},
    "customers.tasks.find_duplicates": {"queue": "long"},
    "customers.tasks.recalculate_lifetime_values": {"queue": "long"},
    "customers.tasks.update_customers_in_bulk": {"queue": "long"},
    "core.webhooks.tasks.send_due": {"queue": "webhooks"},  # it waits for others' servers
}
CELERY_BEAT_SCHEDULER = "core.jobs.schedule.DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep jobs": {
        "task": "core.jobs.tasks.sweep_jobs",
        "schedule": dt.timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "dispatch events": {
        "task": "core.webhooks.tasks.dispatch_events",
        "schedule": dt.timedelta(seconds=5),
        "options": {"expires": 30},
    },
    "seal audit": {
        "task": "core.audit.tasks.seal_audit",
        "schedule": dt.timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "verify audit": {
        "task": "core.audit.tasks.verify_audit",
        "schedule": crontab(hour=3, minute=10),
    },
    "remind of appointments": {
        "task": "appointments.tasks.remind_of_appointments",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "send scheduled messages": {
        "task": "interactions.tasks.send_scheduled_messages",
        "schedule": dt.timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "clean exports": {
        "task": "core.exports.tasks.clean_exports",
        "schedule": dt.timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "clean imports": {
        "task": "core.imports.tasks.clean_imports",
        "schedule": dt.timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "clean idempotency records": {
        "task": "core.requests.tasks.clean_idempotency_records",
        "schedule": dt.timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "assign segments": {
        "task": "customers.tasks.start_segmentations",
        "schedule": crontab(hour=0, minute=10),
    },
    "find duplicates": {
        "task": "customers.tasks.find_duplicates",
        "schedule": dt.timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "fold counts": {
        "task": "customers.tasks.fold_counts",
        "schedule": dt.timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "end consents": {
        "task": "customers.tasks.end_consents",
        "schedule": dt.timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "erase the inactive": {
        "task": "customers.tasks.start_retentions",
        "schedule": crontab(hour=2, minute=10),
    },
    "clean sessions": {
        "task": "core.identity.tasks.clean_sessions",
        "schedule": crontab(hour=1, minute=10),
    },
    "clean portal access": {
        "task": "customers.tasks.clean_portal_access",
        "schedule": crontab(hour=1, minute=15),
    },
    "prune webhooks": {
        "task": "core.webhooks.tasks.prune_webhooks",
        "schedule": crontab(hour=1, minute=30),
    },
    "forget change sets": {
        "task": "core.changes.tasks.forget_change_sets",
        "schedule": crontab(hour=1, minute=25),
    },
    "forget undo details": {
        "task": "customers.tasks.forget_undo_details",
        "schedule": crontab(hour=1, minute=26),
    },
    "clean jobs": {"task": "core.jobs.tasks.clean_jobs", "schedule": crontab(hour=1, minute=20)},
    "recalculate lifetime values": {
        "task": "customers.tasks.start_recalculations",
        "schedule": crontab(hour=2, minute=10, day_of_week="sunday"),
    },
}

# Identity

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["core.identity.backends.StaffBackend"]
PASSWORD_HASHERS = [
    "core.identity.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "first_name", "last_name")},
    },
]
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": dt.timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": dt.timedelta(days=7),
    "SIGNING_KEY": env.str("JWT_SIGNING_KEY", "jwt:" + SECRET_KEY),
    "ALGORITHM": "HS256",
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": "type",
}
# keep it when rotating SECRET_KEY: it recognises erased people
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", SECRET_KEY)
# keep it, too: it shows that the product wrote and sealed what the audit trail says
AUDIT_KEY = env.str("AUDIT_KEY", SECRET_KEY)
# of secrets that are kept to be used: the first encrypts, all of them decrypt
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[SECRET_KEY])
# how many proxies in front append to X-Forwarded-For
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

# API

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "crm.api.kernel.schema.Schema",
    # a view that declares nothing is refused to everyone
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.api.kernel.authentication.BearerAuthentication",
        "crm.api.kernel.authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crm.api.kernel.permissions.MayCall"],
    "DEFAULT_THROTTLE_CLASSES": [
        "crm.api.kernel.throttling.CredentialThrottle",
        "crm.api.kernel.throttling.OrganizationThrottle",
        "crm.api.kernel.throttling.NamedThrottle",
    ],
    "EXCEPTION_HANDLER": "crm.api.kernel.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # a documented export has a parameter of that name
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "crm.api.kernel.json.AlwaysJSON",
    "DEFAULT_RENDERER_CLASSES": ["crm.api.kernel.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.api.kernel.json.JSONParser"],
}
RATE_LIMIT_PREFIX = "limits"  # of the counters' keys in Redis
RATE_LIMIT_USER = env.str("RATE_LIMIT_USER", "1000/hour")
RATE_LIMIT_KEY = env.str("RATE_LIMIT_KEY", "5000/15min")
RATE_LIMIT_BULK = env.str("RATE_LIMIT_BULK", "100/day")
RATE_LIMIT_EXPORT = env.str("RATE_LIMIT_EXPORT", "10/hour")
RATE_LIMIT_ORGANIZATION = env.str("RATE_LIMIT_ORGANIZATION", "6000/min")
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(api|customers)(/|$)"
CORS_ALLOW_HEADERS = [
    "authorization",
    "content-type",
    "if-match",
    "idempotency-key",
    "x-api-key",
    "x-organization",
    "accept",
    "prefer",
    "x-requested-with",
]
CORS_EXPOSE_HEADERS = [
    "ETag",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
    "Content-Disposition",
    "Location",
    "X-Ignored",
    "X-Left-Out",
    "Preference-Applied",
    "Idempotent-Replayed",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "CRM",
    "DESCRIPTION": (
        "One customer base, spoken to in the five documented APIs and their shared sign-in."
    ),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [],
    "SORT_OPERATIONS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # clients get values; labels are the pages'
    "COMPONENT_SPLIT_REQUEST": True,
}

# Pages, files, security

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["core.ui.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
HASHED_ASSETS = env.bool("HASHED_ASSETS", not DEBUG)  # as `collectstatic` left them


def _private_files(folder: str) -> dict[str, object]:
    """Files in a folder that all machines share, for the product's own eyes."""
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": folder,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "exports": _private_files(env.str("EXPORTS_DIR", str(VAR_DIR / "exports"))),
    "imports": _private_files(env.str("IMPORTS_DIR", str(VAR_DIR / "imports"))),
    "staticfiles": {
        "BACKEND": "crm.assets.HashedAssets"
        if HASHED_ASSETS
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not HASHED_ASSETS
MEDIA_ROOT = VAR_DIR / "files"
LOGIN_URL = "identity:sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_AGE = 14 * 24 * 3600
PASSWORD_RESET_TIMEOUT = 3600
INVITATION_TIMEOUT = max(1, env.int("INVITATION_DAYS", 7)) * 24 * 3600
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", not DEBUG)
# APIs are refused instead (EncryptedApis)
SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^readyz", r"^(api|customers)(/|$)"]
SECURE_HSTS_SECONDS = 0 if DEBUG else env.int("SECURE_HSTS_SECONDS", 365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "crm.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# what speaks the reader's language; the documented APIs speak English alone
PAGES_PREFIXES = ["/app/", "/portal/"]
PORTAL_PREFIX = "/portal/"  # the customers' own pages, of which no staff's cookie is sent elsewhere
ADMIN_PREFIX = "/admin/"  # where times are those of the organization
PAGES_MENU = "crm.pages.menu.MENU"  # the sidebar
MESSAGE_TAGS = {22: "progress"}  # core.ui.toasts.PROGRESS
PAGES_CREATES = "crm.pages.palette.quick_creates"  # what can be added from anywhere
PAGES_NOTICES = "crm.pages.notices.notices"  # what the bell tells of
PAGES_SEARCH = "customers:list"

SITE_URL = env.str("SITE_URL", "").rstrip("/")  # where links in letters begin, unless as asked for
if not (SITE_URL or DEBUG):  # whoever asks for a letter doesn't choose where its link leads
    SITE_URL = f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
# without a server nothing is sent, and no link, which is a credential, stands in a log
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds; the background has other work

UNFOLD = {
    "SITE_TITLE": gettext_lazy("CRM administration"),
    "SITE_HEADER": gettext_lazy("CRM administration"),
    "SITE_SYMBOL": "contacts",
    "SITE_URL": None,
    "STYLES": [lambda request: static("admin-theme/admin.css")],
    "SCRIPTS": [
        lambda request: static("admin-theme/theme.js"),
        lambda request: static("admin-theme/names.js"),
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "crm.admin_site.badge",
    "SIDEBAR": {"navigation": "crm.admin_site.navigation"},
    "ACCOUNT": {
        "navigation": [
            {"title": gettext_lazy("Where to work"), "link": "/admin/place/"},
            {"title": gettext_lazy("Your account"), "link": "/app/account/"},
        ]
    },
}
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_USE_TRANSACTIONS = True

LOGGING_CONFIG = "crm.logs.configure"
LOGGING = {"level": env.str("LOG_LEVEL", "INFO"), "human": DEBUG}
