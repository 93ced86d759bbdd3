"""Addresses of signing in and of one's own account: allauth's views, at our nouns."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from goodstanding.web.page import View, page
from goodstanding.web.pages.account import views


def own(view: View) -> View:
    """A page of one's own account: for anybody who is signed in and has a role."""
    return page(verb="accounts.see_home")(view)


urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/out/", account.logout, name="account_logout"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-in/code/", mfa.authenticate, name="mfa_authenticate"),
    re_path(
        r"^sign-in/link/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "sign-in/link/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/", views.account_home, name="account_home"),
    path("account/confirmation/", own(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirmation/code/", own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("account/password/", own(account.password_change), name="account_change_password"),
    path("account/password/first/", own(account.password_set), name="account_set_password"),
    path("account/second-factor/", own(mfa.index), name="mfa_index"),
    path("account/second-factor/app/", own(totp.activate_totp), name="mfa_activate_totp"),
    path(
        "account/second-factor/app/removal/", own(totp.deactivate_totp), name="mfa_deactivate_totp"
    ),
    path(
        "account/second-factor/recovery-codes/",
        own(recovery.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/second-factor/recovery-codes/new/",
        own(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/second-factor/recovery-codes/file/",
        own(recovery.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
