"""Embedded tests as lines of YAML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from goodstanding.policies.engine.evaluation import Evaluation, Value, as_text
from goodstanding.policies.engine.parts import Part, PartKind
from goodstanding.policies.engine.text_edits import (
    Edit,
    TextMap,
    apply_edits,
    written_flow,
    written_value,
)
from goodstanding.policies.engine.witness import Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTest:
    """A test as a form has it: values are texts, None is null; what it does not demand is empty."""

    name: str
    inputs: Mapping[str, str | None]
    as_of: datetime | None = None
    outcome: str = ""
    reasons: tuple[str, ...] | None = None
    points: int | None = None
    queue: str = ""
    score: str = ""
    terms: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    rules: Mapping[str, str] = field(default_factory=dict[str, str])


def witnessed(part: Part, witness: Witness, *, taken: Sequence[str] = ()) -> WrittenTest:
    """The test that a witness makes: the outcome and reasons it has now, and what was reached."""
    evaluation = witness.looked.evaluation
    return WrittenTest(
        name=_free(_name(part), taken),
        inputs={name: _text(value) for name, value in witness.record.items()},
        as_of=witness.as_of,
        outcome=evaluation.outcome.value,
        reasons=tuple(reason.code for reason in evaluation.reasons),
        rules=_rules(part, evaluation),
        terms=_terms(part, evaluation),
    )


def _name(part: Part) -> str:
    words, name = part.words[:1].lower() + part.words[1:], part.key.name
    if part.key.kind is PartKind.MISSING:
        words = f"{words.rpartition(', a value missing')[0]} without a value"
    prefix = {PartKind.REASON: f"told {name}, ", PartKind.BAND: "the score falls into the "}
    said = " ".join(f"{prefix.get(part.key.kind, '')}{words}".split())
    return said.replace(": ", ", ").replace(" #", " no. ")[:90].rstrip(" ,")


def _free(name: str, taken: Sequence[str]) -> str:
    found, at = name, 2
    while found in taken:
        found, at = f"{name} ({at})", at + 1
    return found


def _rules(part: Part, evaluation: Evaluation) -> dict[str, str]:
    if part.key.kind not in {PartKind.RULE, PartKind.MISSING}:
        return {}
    return {part.key.name: evaluation.rule(part.key.name).truth.value}


def _terms(part: Part, evaluation: Evaluation) -> dict[str, str | None]:
    if part.key.kind is not PartKind.ROW:
        return {}
    name = part.key.name.partition("[")[0]
    value = next(term.value for term in evaluation.terms if term.name == name)
    return {name: _text(value)}


def _text(value: Value | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(as_text(value))


def lines_of(test: WrittenTest) -> list[str]:
    """The lines of a test, the first with its dash."""
    lines = [f"- name: {written_value(test.name, flow=False)}"]
    if test.as_of is not None:
        moment = test.as_of.astimezone(UTC).replace(tzinfo=None)
        lines.append(f"  as_of: {moment.isoformat()}Z")
    inputs = [(name, _written(text)) for name, text in test.inputs.items()]
    lines += _entry("inputs", inputs)
    lines += _entry("expect", _demands(test))
    return lines


def _entry(key: str, entries: Sequence[tuple[str, str]]) -> list[str]:
    return f"  {key}: {written_flow(entries, indent='    ')}".replace(": \n", ":\n").split("\n")


def _written(text: str | None) -> str:
    return "null" if text is None else written_value(text, flow=True)


def _demands(test: WrittenTest) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if test.outcome:
        found.append(("outcome", test.outcome))
    if test.reasons is not None:
        found.append(("reasons", f"[{', '.join(test.reasons)}]"))
    if test.score:
        found.append(("score", test.score))
    if test.points is not None:
        found.append(("points", str(test.points)))
    if test.queue:
        found.append(("queue", _written(test.queue)))
    for key, values in (("terms", test.terms), ("rules", test.rules)):
        if values:
            found.append((key, written_flow([(n, _written(v)) for n, v in values.items()])))
    return found


def with_test(text: str, test: WrittenTest) -> str:
    """The policy text with one more test at its end."""
    return apply_edits(text, [TextMap(text).add_item("tests", lines_of(test))])


def with_test_changed(text: str, name: str, test: WrittenTest) -> str:
    """The text with the lines of one test written anew; raises TextNotEditable."""
    places = TextMap(text)
    item = places.item("tests", "name", name)
    chunk = next(chunk for chunk in places.chunks("tests") if chunk.item is item)
    dash = text.rfind("-", 0, item.start_mark.index)
    indent = text[text.rfind("\n", 0, dash) + 1 : dash]
    block = f"\n{indent}".join(lines_of(test))
    return apply_edits(text, [Edit(dash, chunk.end, f"{block}\n")])
