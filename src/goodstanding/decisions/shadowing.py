"""What a version in shadow says of a recorded decision, beside what was said. Pure.

The version meets the inputs as they were recorded, with their kinds of missing. Its record is
that of a decision except that no gate is asked and nobody decides: both are marked `shadow`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from goodstanding.core.encryption import keyed_digest
from goodstanding.core.errors import Refusal
from goodstanding.decisions.arms import Arm, Assignment, bucket
from goodstanding.decisions.record import Document, Given, build_record
from goodstanding.decisions.replaying import given_input, id_of, instant_of
from goodstanding.decisions.types import Entity, GateAnswer, PolicyInForce
from goodstanding.decisions.versions import personal_names
from goodstanding.policies.engine import Evaluation, Truth
from goodstanding.policies.engine import Given as GivenInput

SHADOW = "shadow"
ABSENT = "ABSENT"
_AS_IF_APPROVED = GateAnswer(
    state="current", code=SHADOW, reason="In shadow: evaluated, and decides nothing",
    fallback="refer",
)  # fmt: skip


class ShadowRefused(Refusal):
    """The version refuses what was asked: {why}."""

    code = "shadow_refused"


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A version's answer in shadow, its record, and where it differs from the decision's.

    `rule_changes` are rules as `id TRUE>FALSE`; a rule that only one of the texts has is ABSENT
    in the other, and counts where it is not FALSE.
    """

    evaluation: Evaluation
    record: Document
    differs_in: tuple[str, ...]
    rule_changes: tuple[str, ...]


def shadow_of(
    *, recorded: Document, version: PolicyInForce, personal: Mapping[str, str | None]
) -> Shadowed:
    """What the version says of the decision with this record.

    `personal` holds the decrypted personal inputs. Whatever was personal in the record stays so
    in the version's, whatever its text declares. Raises ShadowRefused where the version would
    have refused the question, without showing a personal value.
    """
    hidden = {name for name, entry in recorded["inputs"].items() if _is_hidden(entry)}
    names = personal_names(version.policy, also=hidden)
    evaluation = _evaluated(recorded, version, personal, names)
    record = build_record(
        given=_given(recorded, version), evaluation=evaluation, digest=keyed_digest, personal=names
    )
    record["gate"] = record["gate"] | {"state": SHADOW}
    record["decided_by"] = SHADOW
    changes = tuple(_rule_changes(recorded, record))
    return Shadowed(evaluation, record, tuple(_differs_in(recorded, record, changes)), changes)


def _is_hidden(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry["value"], dict)


def _evaluated(
    recorded: Document,
    version: PolicyInForce,
    personal: Mapping[str, str | None],
    names: frozenset[str],
) -> Evaluation:
    known = {item.name for item in version.policy.plan.inputs}
    inputs = {
        name: _given_input(name, entry, personal)
        for name, entry in recorded["inputs"].items()
        if name in known or not entry.get("definition")
    }
    try:
        return version.policy.evaluate(
            {name: value for name, value in inputs.items() if value is not None},
            as_of=instant_of(recorded["as_of"]),
        )
    except Refusal as refusal:
        field = refusal.field or ""
        why = f"the input {field} cannot be used" if field in names else refusal.message
        raise ShadowRefused(field=field or None, why=why.rstrip(".")) from refusal


def _given_input(
    name: str, entry: Mapping[str, Any], personal: Mapping[str, str | None]
) -> GivenInput | None:
    """As it was given, with when it was seen: this version may hold it too old."""
    given = given_input(name, entry, personal)
    seen = entry.get("observed_at")
    if given is None or seen is None:
        return given
    return msgspec.structs.replace(given, observed_at=instant_of(seen))


def _given(recorded: Document, version: PolicyInForce) -> Given:
    arm = recorded["arm"]
    return Given(
        legal_entity=recorded["legal_entity"],
        entity=Entity(recorded["entity"]["scheme"], recorded["entity"]["value"]),
        party_id=id_of(recorded["party_id"]),
        as_of=instant_of(recorded["as_of"]),
        arm=Assignment(
            Arm(SHADOW, version.content_hash, 0),
            bucket(salt=arm["salt"], unit=arm["unit"]),
            Decimal("0.0000"),
        ),
        salt=arm["salt"],
        gate=_AS_IF_APPROVED,
        origin=recorded["origin"],
        supersedes=id_of(recorded["supersedes"]),
        fallback_queue=version.fallback_queue,
        unit=arm["unit"],
    )


def _rule_changes(recorded: Document, shadow: Document) -> Iterator[str]:
    before = {rule["id"]: rule["truth"] for rule in recorded["rules"]}
    after = {rule["id"]: rule["truth"] for rule in shadow["rules"]}
    for rule_id in dict.fromkeys((*before, *after)):
        was, now = before.get(rule_id, ABSENT), after.get(rule_id, ABSENT)
        if was != now and {was, now} != {ABSENT, Truth.FALSE.value}:
            yield f"{rule_id} {was}>{now}"


def _differs_in(
    recorded: Document, shadow: Document, rule_changes: tuple[str, ...]
) -> Iterator[str]:
    """The parts that differ; a fallback's record has no reasons and terms of its policy."""
    if recorded["policy_outcome"] != shadow["policy_outcome"]:
        yield "outcome"
    if rule_changes:
        yield "rules"
    for part in ("points", "score"):
        if recorded[part] != shadow[part]:
            yield part
    if _band(recorded) != _band(shadow):
        yield "band"
    if recorded["decided_by"] != "policy":
        return
    if _codes(recorded) != _codes(shadow):
        yield "reasons"
    if _terms(recorded) != _terms(shadow):
        yield "terms"


def _band(record: Document) -> str:
    return "" if record["band"] is None else record["band"]["name"]


def _codes(record: Document) -> list[str]:
    return [reason["code"] for reason in record["reasons"]]


def _terms(record: Document) -> dict[str, tuple[str, str]]:
    return {term["name"]: (term["value"], term["currency"]) for term in record["terms"]}
