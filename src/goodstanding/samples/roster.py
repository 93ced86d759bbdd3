"""The invented people and legal entities of the demonstration, without a database."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from goodstanding.accounts.types import Role
from goodstanding.core.environment import read_secret_file, write_secret_file

SIGN_INS = "demo-sign-ins.json"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person who does not exist."""

    email: str
    display_name: str
    roles: tuple[Role, ...]
    does: str
    manager: str | None = None


LEGAL_ENTITIES = (
    ("GS-US", "Good Standing Lending (demonstration)", "US"),
    ("GS-MARKET", "Good Standing Marketplace (demonstration)", "DE"),
)
PEOPLE = (
    DemoPerson(
        "carla@demo.example", "Carla Reyes", (Role.CREDIT_RISK_MANAGER,), "credit risk manager"
    ),
    DemoPerson(
        "sam@demo.example", "Sam Okafor", (Role.SELLER_RISK_MANAGER,), "seller risk manager"
    ),
    DemoPerson(
        "mira@demo.example", "Mira Lindqvist", (Role.MODEL_RISK_MANAGER,), "model risk manager"
    ),
    DemoPerson(
        "ana@demo.example", "Ana Duarte", (Role.SPECIALIST,), "specialist", "sam@demo.example"
    ),
    DemoPerson(
        "ben@demo.example", "Ben Whitlock", (Role.SPECIALIST,), "specialist", "sam@demo.example"
    ),
    DemoPerson("dev@demo.example", "Devi Raman", (Role.ANALYST,), "analyst", "carla@demo.example"),
    DemoPerson("olga@demo.example", "Olga Marsh", (Role.APPROVER,), "approver"),
    DemoPerson("iris@demo.example", "Iris Bauer", (Role.INTERNAL_AUDITOR,), "internal auditor"),
    DemoPerson("admin@demo.example", "Alex Moreau", (Role.ADMINISTRATOR,), "administrator"),
)


def demo_password(*, home: Path) -> str:
    """The password of the demonstration's people, made on first use."""
    path = home / SIGN_INS
    if not path.exists():
        write_secret_file(path, {"password": f"demo-{secrets.token_hex(4)}"})
    return read_secret_file(path)["password"]
