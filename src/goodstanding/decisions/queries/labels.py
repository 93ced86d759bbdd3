"""The words of the version that decided, for the names in its records."""

from goodstanding.decisions.errors import PolicyTextMissing
from goodstanding.decisions.operations.reading_in_force import version_by_hash
from goodstanding.language.types import Kind
from goodstanding.policies.engine import Policy


class Labels:
    """The words of a policy for its names; the names themselves where its text is gone."""

    def __init__(self, policy: Policy | None) -> None:
        """Read the labels of inputs and derived values."""
        self.rules = {rule.declaration.id: rule for rule in policy.plan.rules} if policy else {}
        self._policy = policy

    def is_number(self, name: str) -> bool:
        """Whether an input is a whole number or an exact one."""
        type_ = self._policy.plan.types.get(name) if self._policy else None
        return type_ is not None and type_.kind in {Kind.INTEGER, Kind.DECIMAL}

    def rule(self, rule_id: str) -> str:
        """The label of a rule with its id."""
        found = self.rules.get(rule_id)
        return f"{found.declaration.label} ({rule_id})" if found else rule_id

    def of(self, name: str) -> str:
        """The label of an input or a derived value."""
        return self._policy.plan.label_of(name) if self._policy else name.replace("_", " ")


def policy_of(*, policy: str, content_hash: str) -> Policy | None:
    """The version with that hash; None where its text is gone."""
    try:
        return version_by_hash(policy=policy, content_hash=content_hash).policy
    except PolicyTextMissing:
        return None


def as_words(value: object) -> str:
    """A value of a record as people read it; a personal one is withheld."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "withheld" if isinstance(value, dict) else str(value)
