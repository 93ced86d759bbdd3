"""Playbooks and queues as the desks write them: YAML, read with clear refusals.  Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from goodstanding.cases.errors import PlaybookInvalid, QueuesInvalid
from goodstanding.cases.types import OutcomeOption, Playbook, Step
from goodstanding.deadlines.types import Clock, ClockKind

UNITS = {
    "business_hours": (ClockKind.BUSINESS_TIME, 3600),
    "hours": (ClockKind.ELAPSED, 3600),
    "business_days": (ClockKind.BUSINESS_DAYS, 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDefinition:
    """A queue as its file says it."""

    code: str
    title: str
    purpose: str
    calendar: str
    clock: Clock
    skill: str
    playbook: str
    standard_minutes: int | None


def read_playbook(*, text: str, name: str) -> tuple[Playbook, dict[str, Any]]:
    """A playbook and its canonical content. Raises PlaybookInvalid naming the place."""
    try:
        raw: object = yaml.safe_load(text)
    except yaml.YAMLError as unreadable:
        raise PlaybookInvalid(name=name, why=str(unreadable)) from unreadable
    if not isinstance(raw, dict):
        raise PlaybookInvalid(name=name, why="it must hold a mapping")
    content = cast("dict[str, Any]", raw)
    return playbook_of(content), content


def playbook_of(content: Mapping[str, Any]) -> Playbook:
    """The playbook that content describes; its version is the SHA-256 of the canonical JSON.

    Raises PlaybookInvalid.
    """
    name = str(content.get("name", "without a name"))
    allowed = {"name", "title", "standard_minutes", "stages", "evidence", "reasons", "outcomes"}
    if unknown := sorted(set(content) - allowed):
        raise PlaybookInvalid(name=name, why=f"unknown field {unknown[0]!r}")
    for field in ("name", "title", "standard_minutes", "stages", "reasons", "outcomes"):
        if field not in content:
            raise PlaybookInvalid(name=name, why=f"field {field!r} is missing")
    words = {str(code): str(title) for code, title in content["reasons"].items()}
    outcomes = _outcomes(name, content["outcomes"], words)
    # A stored mapping has no order, so reasons stand in the order in which outcomes name them.
    named = (code for outcome in outcomes for code in outcome.reason_codes)
    reasons = {code: words[code] for code in dict.fromkeys(named)}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Playbook(
        name=name,
        version=hashlib.sha256(canonical.encode()).hexdigest(),
        title=str(content["title"]),
        standard_minutes=int(content["standard_minutes"]),
        steps=_steps(name, content["stages"]),
        required_evidence=tuple(content.get("evidence") or ()),
        outcomes=outcomes,
        reasons=reasons,
    )


def read_queues(*, text: str, desk: str) -> list[QueueDefinition]:
    """The queues of a desk. Raises QueuesInvalid naming the place."""
    raw: object = yaml.safe_load(text)
    if not isinstance(raw, list):
        raise QueuesInvalid(desk=desk, why="the file must hold a list")
    return [_queue(desk, entry) for entry in cast("list[dict[str, Any]]", raw)]


def clock_from_sla(sla: str) -> Clock:
    """A clock from words such as "16 business_hours", "24 hours", "5 business_days".

    Raises ValueError for other words.
    """
    amount, _, unit = sla.partition(" ")
    if unit not in UNITS:
        raise ValueError(f"{sla!r}: the unit is one of {', '.join(UNITS)}")
    kind, factor = UNITS[unit]
    return Clock(kind=kind, target=int(amount) * factor)


def sla_words(clock_kind: str, target: int) -> str:
    """The words of a clock: "16 business hours"."""
    for unit, (kind, factor) in UNITS.items():
        if kind.value == clock_kind:
            return f"{target / factor:g} {unit.replace('_', ' ')}"
    return f"{target} {clock_kind.replace('_', ' ')}"


def _queue(desk: str, entry: Mapping[str, Any]) -> QueueDefinition:
    code = str(entry.get("code", "without a code"))
    for field in ("code", "title", "purpose", "calendar", "sla", "playbook"):
        if field not in entry:
            raise QueuesInvalid(desk=desk, why=f"{code}: field {field!r} is missing")
    try:
        clock = clock_from_sla(str(entry["sla"]))
    except ValueError as unreadable:
        raise QueuesInvalid(desk=desk, why=f"{code}: {unreadable}") from unreadable
    minutes = entry.get("standard_minutes")
    return QueueDefinition(
        code=code,
        title=str(entry["title"]),
        purpose=str(entry["purpose"]),
        calendar=str(entry["calendar"]),
        clock=clock,
        skill=str(entry.get("skill", "")),
        playbook=str(entry["playbook"]),
        standard_minutes=None if minutes is None else int(minutes),
    )


def _steps(name: str, stages: list[Mapping[str, Any]]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for stage in stages:
        for entry in stage.get("steps") or ():
            if "code" not in entry or "title" not in entry:
                raise PlaybookInvalid(name=name, why="a step needs a code and a title")
            steps.append(
                Step(
                    code=str(entry["code"]),
                    title=str(entry["title"]),
                    stage=str(stage.get("title", "")),
                    required=bool(entry.get("required", False)),
                    repeatable=bool(entry.get("repeatable", False)),
                    minutes=int(entry.get("minutes", 0)),
                )
            )
    codes = [step.code for step in steps]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise PlaybookInvalid(name=name, why=f"step {twice[0]!r} is there twice")
    return tuple(steps)


def _outcomes(
    name: str, entries: list[Mapping[str, Any]], reasons: Mapping[str, str]
) -> tuple[OutcomeOption, ...]:
    options: list[OutcomeOption] = []
    for entry in entries:
        codes = tuple(str(code) for code in entry.get("reasons") or ())
        if not codes:
            raise PlaybookInvalid(name=name, why=f"outcome {entry.get('code')!r} has no reasons")
        if unknown := [code for code in codes if code not in reasons]:
            raise PlaybookInvalid(name=name, why=f"reason {unknown[0]!r} has no words")
        options.append(
            OutcomeOption(
                code=str(entry["code"]),
                title=str(entry.get("title", entry["code"])),
                reason_codes=codes,
                needs_amount=bool(entry.get("needs_amount", False)),
            )
        )
    return tuple(options)
