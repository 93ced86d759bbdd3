"""Sign-in: people are added by an administrator, never by themselves; each attempt is kept."""

from datetime import datetime
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.password_reset import get_reset_password_from_key_url
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from goodstanding.accounts.queries import User, person_by_email
from goodstanding.core.audit import write_audit
from goodstanding.core.encryption import open_secret, seal_secret
from goodstanding.core.time import utc_now
from goodstanding.web.errors import NoSecondFactor, OwnSecondFactor

SECOND_FACTOR = "second factor"
KINDS = {"totp": "authenticator app", "recovery_codes": "recovery codes"}


class HouseSignIn(DefaultAccountAdapter):
    """Nobody signs up; attempts are lines of the audit trail; messages are in our words."""

    error_messages: dict[str, Any] = DefaultAccountAdapter.error_messages | {  # pyright: ignore[reportUnknownVariableType]
        "account_inactive": "This account was closed. Ask an administrator to open it again.",
        "email_password_mismatch": "The e-mail address and password do not belong together.",
        "enter_current_password": "This is not your present password.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": (
            "Too many wrong attempts: signing in to this account is locked for five minutes."
        ),
        "rate_limited": "Too many attempts: wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Keep a wrong attempt; an address that nobody has is not kept."""
        super().authentication_failed(request, **credentials)
        person = person_by_email(email=credentials.get("email", ""))
        write_audit(
            actor="system:web",
            action="refuse_sign_in",
            object_kind="person",
            object_id=person.id if person else "unknown",
            at=utc_now(),
        )

    def set_password(self, user: Any, password: str) -> None:
        """Keep that a password was changed, or first chosen."""
        super().set_password(user, password)
        _write_own(user, "change_password")

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **facts: Any
    ) -> HttpResponse:
        """Keep a sign-in that came through, second factor included."""
        _write_own(cast("User", user), "sign_in")
        return super().post_login(request, user, **facts)


class HouseSecondFactor(DefaultMFAAdapter):
    """The second factor's messages in our words."""

    error_messages: dict[str, Any] = DefaultMFAAdapter.error_messages | {  # pyright: ignore[reportUnknownVariableType]
        "incorrect_code": "This code is wrong or has expired: type the one shown now.",
    }

    def encrypt(self, text: str) -> str:
        """The app's secret and the recovery codes' seed are never stored in the clear."""
        return seal_secret(text, purpose=SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return open_secret(encrypted_text, purpose=SECOND_FACTOR)


def sign_in_link(request: HttpRequest, *, person: User) -> str:
    """A link that lets the person choose a password, once, within PASSWORD_RESET_TIMEOUT."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    return get_reset_password_from_key_url(request, key)


@transaction.atomic
def end_second_factor(*, person: User, reason: str, by: User, at: datetime) -> None:
    """Forget the app and the recovery codes of somebody who lost both.

    They sign in by password alone until they set up a new app. Raises OwnSecondFactor, since an
    administrator who holds the app removes it by its code, and NoSecondFactor.
    """
    if person.id == by.id:
        raise OwnSecondFactor
    kept = Authenticator.objects.select_for_update().filter(user=person)
    if not kept:
        raise NoSecondFactor(person=person.display_name)
    kept.delete()
    write_audit(
        actor=by.email, action="end_second_factor", object_kind="person", object_id=person.id,
        at=at, detail={"reason": reason},
    )  # fmt: skip


def keep_second_factor(action: str) -> Any:
    """A receiver that keeps a change of somebody's second factor in the audit trail."""

    def receive(user: User, authenticator: Authenticator, **_: Any) -> None:
        _write_own(user, action, what=KINDS.get(authenticator.type, authenticator.type))

    return receive


def keep_wrong_code(person: User) -> None:
    """Keep that a password was right and the second factor was not."""
    write_audit(
        actor="system:web", action="refuse_sign_in", object_kind="person", object_id=person.id,
        at=utc_now(), detail={"what": SECOND_FACTOR},
    )  # fmt: skip


def _write_own(user: User, action: str, **detail: str) -> None:
    write_audit(
        actor=user.email, action=action, object_kind="person", object_id=user.id, at=utc_now(),
        detail=detail,
    )  # fmt: skip
