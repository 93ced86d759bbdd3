"""Sign-in's forms without placeholders: a label says what belongs in a field."""

from typing import Any, cast

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms

from goodstanding.accounts.queries import User
from goodstanding.web.signin import keep_wrong_code


class Plain:
    """Labels in our words, no placeholders, the first field focused."""

    words: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the placeholders away."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = vars(self)["fields"]
        for name, field in fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)


class SignInForm(Plain, account.LoginForm):
    """E-mail address and password."""

    words = {"login": "E-mail address", "password": "Password"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say whom to ask: nobody resets a password alone."""
        super().__init__(*args, **kwargs)
        self.fields[
            "password"
        ].help_text = "Forgotten? An administrator makes a new sign-in link for you."


class ConfirmPasswordForm(Plain, account.ReauthenticateForm):
    """The password once more, before something sensitive."""

    words = {"password": "Password"}


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    """The present password and the next, twice."""

    words = {
        "oldpassword": "Present password",
        "password1": "New password",
        "password2": "New password again",
    }


class ChoosePasswordForm(Plain, account.ResetPasswordKeyForm):
    """A first or new password, from a sign-in link."""

    words = {"password1": "New password", "password2": "New password again"}


class SetPasswordForm(Plain, account.SetPasswordForm):
    """A first password for somebody who has none."""

    words = {"password1": "New password", "password2": "New password again"}


class CodeForm(Plain, mfa.AuthenticateForm):
    """A code of the authenticator app, or a recovery code; a wrong one is kept in the trail."""

    words = {"code": "Code of your authenticator app, or a recovery code"}

    def clean_code(self) -> str:
        """The code, where it is right."""
        try:
            return super().clean_code()
        except forms.ValidationError:
            keep_wrong_code(cast("User", self.user))
            raise


class ConfirmCodeForm(Plain, mfa.ReauthenticateForm):
    """A code once more, before something sensitive."""

    words = {"code": "Code of your authenticator app, or a recovery code"}


class SetUpForm(Plain, ActivateTOTPForm):
    """The first code, which proves that the app knows the secret."""

    words = {"code": "The six digits that the app shows now"}
