"""Users, API keys, legal entities."""

from typing import ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from goodstanding.core.ids import new_id
from goodstanding.core.models import AppendOnly


class LegalEntity(models.Model):
    """A company of ours; a dimension of every record."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    country = models.CharField(max_length=2)
    simulated = models.BooleanField(default=False)

    class Meta:
        """Few rows, edited by administrators."""

        db_table = "accounts_legal_entity"


class UserManager(BaseUserManager["User"]):
    """Makes people; there is no superuser, only roles."""

    def create_user(self, *, email: str, display_name: str, password: str | None = None) -> "User":
        """A person who signs in by e-mail address."""
        user = self.model(email=self.normalize_email(email), display_name=display_name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. `manager` is who may see the person's own figures and never reviews for them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    display_name = models.TextField()
    manager: "models.ForeignKey[User | None]" = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT
    )
    manager_id: UUID | None
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        """One address, one person."""

        db_table = "accounts_user"

    def __str__(self) -> str:
        """The name colleagues know."""
        return self.display_name


class ApiKey(AppendOnly):
    """A machine's key: the secret is shown once and only its digest is kept."""

    prefix = models.CharField(max_length=12, unique=True)
    secret_digest = models.CharField(max_length=64)
    label = models.TextField()
    scopes: "models.JSONField[list[str]]" = models.JSONField()
    legal_entity: "models.ForeignKey[LegalEntity]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT
    )
    legal_entity_id: str
    made_by: "models.ForeignKey[User]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT
    )
    expires_at = models.DateTimeField(null=True)

    class Meta(AppendOnly.Meta):
        """Never changed; revoking is a row of its own."""

        db_table = "accounts_api_key"


class ApiKeyRevocation(AppendOnly):
    """A key that no longer works, who ended it and why."""

    key: "models.OneToOneField[ApiKey]" = models.OneToOneField(
        "accounts.ApiKey", on_delete=models.PROTECT
    )
    revoked_by: "models.ForeignKey[User]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT
    )
    reason = models.TextField()
    revoked_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One a key."""

        db_table = "accounts_api_key_revocation"
