"""Django's settings, from the environment only."""

from pathlib import Path

from goodstanding.core.environment import home_folder, is_on, variable
from goodstanding.core.postgres import django_database

PACKAGE = Path(__file__).resolve().parents[1]

SECRET_KEY = variable("GOODSTANDING_SECRET_KEY")
GOODSTANDING_ENCRYPTION_KEYS = variable("GOODSTANDING_ENCRYPTION_KEYS")
GOODSTANDING_DIGEST_KEY = variable("GOODSTANDING_DIGEST_KEY")
GOODSTANDING_HOME = home_folder()
GOODSTANDING_LAKE = GOODSTANDING_HOME / "lake"
GOODSTANDING_DECISIONS_URL = variable("GOODSTANDING_DECISIONS_URL", "http://127.0.0.1:8421")

DEBUG = False
ALLOWED_HOSTS = variable("GOODSTANDING_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin for origin in variable("GOODSTANDING_ORIGINS", "").split(",") if origin
]
BEHIND_TLS = is_on("GOODSTANDING_TLS")

ROOMS = [
    "core",
    "accounts",
    "regimes",
    "deadlines",
    "parties",
    "ledger",
    "governance",
    "team",
    "policies",
    "decisions",
    "cases",
    "outcomes",
    "metrics",
    "evidence",
    "credit",
    "sellers",
    "second_line",
    "samples",
]
INSTALLED_APPS = [
    *(f"goodstanding.{room}" for room in ROOMS),
    "goodstanding.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "goodstanding.web.middleware.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "goodstanding.web.moment.PointInTime",
    "goodstanding.web.middleware.ContentSecurityPolicy",
    "goodstanding.web.middleware.RefusalPages",
]
ROOT_URLCONF = "goodstanding.serve.urls"
ASGI_APPLICATION = "goodstanding.serve.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", PACKAGE / "web" / "pages"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "goodstanding.web.context.shell",
            ],
            "builtins": ["goodstanding.web.templatetags.house"],
        },
    }
]

FORM_RENDERER = "goodstanding.web.forms.HouseRenderer"

DATABASES = {
    "default": {
        **django_database(variable("GOODSTANDING_DATABASE_URL")),
        # The async server gives each request a thread of its own: a kept connection would be
        # lost with it, still open, until PostgreSQL has none left.
        "CONN_MAX_AGE": 0,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "goodstanding.web.signin.HouseSignIn"
ACCOUNT_FORMS = {
    "login": "goodstanding.web.pages.account.forms.SignInForm",
    "reauthenticate": "goodstanding.web.pages.account.forms.ConfirmPasswordForm",
    "change_password": "goodstanding.web.pages.account.forms.ChangePasswordForm",
    "set_password": "goodstanding.web.pages.account.forms.SetPasswordForm",
    "reset_password_from_key": "goodstanding.web.pages.account.forms.ChoosePasswordForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "goodstanding.web.signin.HouseSecondFactor"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouches for the address
MFA_FORMS = {
    "authenticate": "goodstanding.web.pages.account.forms.CodeForm",
    "reauthenticate": "goodstanding.web.pages.account.forms.ConfirmCodeForm",
    "activate_totp": "goodstanding.web.pages.account.forms.SetUpForm",
}
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Good Standing"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"
GOODSTANDING_ZONE = variable("GOODSTANDING_ZONE", "Europe/London")
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
WHITENOISE_USE_FINDERS = True

LOGGING_CONFIG = None
