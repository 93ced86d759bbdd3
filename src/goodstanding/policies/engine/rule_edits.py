"""A policy's text with one thing changed: a rule, its place, a constant, a reason.

Every change is read back before it is handed on: the text must be a policy, and say what was
asked for. Nothing outside of the lines that were meant is touched (see `text_edits`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import yaml

from goodstanding.policies.engine.definition import OnMissing, RuleDeclaration
from goodstanding.policies.engine.evaluation import Effect
from goodstanding.policies.engine.text_edits import (
    Chunk,
    Edit,
    TextMap,
    TextNotEditable,
    apply_edits,
    value_at,
    written_flow,
    written_value,
)

_OFF = re.compile(r"^( *)# switched off: ([A-Za-z0-9_.-]+), ([0-9]+) lines?$", re.MULTILINE)
_ORDER = ("id", "label", "when", "effect", "reason", "queue", "on_missing", "points")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnswer:
    """A rule as a form says it. `defaults` hold for an `on_missing` of default alone."""

    id: str
    label: str
    when: str
    effect: Effect
    reason: str = ""
    queue: str = ""
    on_missing: OnMissing | None = None
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    points: int = 0

    @classmethod
    def of(cls, rule: RuleDeclaration) -> "RuleAnswer":
        """What the form says of a rule that nobody changed."""
        return cls(
            id=rule.id,
            label=rule.label,
            when=rule.when.text,
            effect=rule.effect,
            reason=rule.reason,
            queue=rule.queue,
            on_missing=rule.on_missing,
            defaults={name: value.text for name, value in rule.defaults.items()},
            points=rule.points,
        )


@dataclass(frozen=True, slots=True)
class OffRule:
    """A rule that is switched off: its lines stand in the text as comments."""

    id: str
    start: int
    end: int
    text: str

    @property
    def label(self) -> str:
        """What it is called; its id where the lines do not say."""
        found = re.search(r"\blabel: *(.+?)(?:, \w+:|\}|$)", self.text, re.MULTILINE)
        return found[1].strip("\"' ") if found else self.id


def change_rule(text: str, before: RuleAnswer, after: RuleAnswer) -> str:
    """The text with what differs between two answers about one rule; raises TextNotEditable."""
    places = TextMap(text)
    rule = places.item("rules", "id", before.id)
    edits = [edit for edit in _changes(places, rule, before, after) if edit is not None]
    return apply_edits(text, edits)


def _changes(
    places: TextMap, rule: yaml.MappingNode, before: RuleAnswer, after: RuleAnswer
) -> Iterator[Edit | None]:
    pairs: dict[str, tuple[str, str]] = {
        "id": (before.id, after.id),
        "label": (before.label, after.label),
        "when": (before.when, after.when),
        "effect": (before.effect.value, after.effect.value),
        "reason": (before.reason, after.reason),
        "queue": (before.queue, after.queue),
        "points": (_points(before), _points(after)),
    }
    for key, (old, new) in pairs.items():
        if new == old:
            continue
        after_keys = _ORDER[: _ORDER.index(key)]
        if new:
            yield places.set_value(rule, key, new, after=after_keys)
        else:
            yield places.remove_entry(rule, key)
    if (before.on_missing, dict(before.defaults)) != (after.on_missing, dict(after.defaults)):
        if after.on_missing is None:
            yield places.remove_entry(rule, "on_missing")
        else:
            written = _on_missing(after)
            yield places.set_written(rule, "on_missing", written, after=_ORDER[:6])


def _points(answer: RuleAnswer) -> str:
    return str(answer.points) if answer.points else ""


def _on_missing(answer: RuleAnswer) -> str:
    if answer.on_missing is not OnMissing.DEFAULT:
        return str(answer.on_missing)
    values = [(name, written_value(text, flow=True)) for name, text in answer.defaults.items()]
    return f"{{default: {{{', '.join(f'{name}: {value}' for name, value in values)}}}}}"


def add_rule(text: str, answer: RuleAnswer, *, at: int | None = None) -> str:
    """The text with a new rule, behind the last or before rule `at`; raises TextNotEditable."""
    entries = [
        ("id", answer.id), ("label", answer.label), ("when", answer.when),
        ("effect", answer.effect.value), ("reason", answer.reason), ("queue", answer.queue),
    ]  # fmt: skip
    lines = [
        f"{key}: {written_value(value, flow=False, indent='    ')}"
        for key, value in entries
        if value
    ]
    if answer.on_missing is not None:
        lines.append(f"on_missing: {_on_missing(answer)}")
    if answer.points:
        lines.append(f"points: {answer.points}")
    whole = "\n".join(lines).split("\n")
    shifted = [f"  {line}" if not line.startswith("      ") else line for line in whole]
    shifted[0] = f"- {whole[0]}"
    return apply_edits(text, [TextMap(text).add_item("rules", shifted, at=at)])


def move_rule(text: str, rule_id: str, *, by: int) -> str:
    """The text with a rule some places further down, or up where `by` is negative."""
    places = TextMap(text)
    chunks = places.chunks("rules")
    at = _index(chunks, rule_id)
    to = min(max(0, at + by), len(chunks) - 1)
    return apply_edits(text, places.move_item("rules", at=at, to=to)) if to != at else text


def _index(chunks: Sequence[Chunk], rule_id: str) -> int:
    for at, chunk in enumerate(chunks):
        node = value_at(cast("yaml.MappingNode", chunk.item), "id")
        if isinstance(node, yaml.ScalarNode) and node.value == rule_id:
            return at
    raise TextNotEditable(why=f"there is no rule {rule_id}")


def switch_off(text: str, rule_id: str) -> str:
    """The text with a rule's lines as comments, which `switch_on` turns back byte for byte."""
    places = TextMap(text)
    chunks = places.chunks("rules")
    chunk = chunks[_index(chunks, rule_id)]
    if len(chunks) == 1:
        raise TextNotEditable(why="the only rule cannot be switched off")
    start = text.rfind("\n", 0, chunk.item.start_mark.index) + 1
    lines = text[start : chunk.end].removesuffix("\n").split("\n")
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    noun = "line" if len(lines) == 1 else "lines"
    off = [f"{indent}# switched off: {rule_id}, {len(lines)} {noun}"]
    off += [f"{indent}#{line and ' '}{line.removeprefix(indent)}" for line in lines]
    ending = "\n" if text[start : chunk.end].endswith("\n") else ""
    return apply_edits(text, [Edit(start, chunk.end, "\n".join(off) + ending)])


def switched_off(text: str) -> tuple[OffRule, ...]:
    """The rules that are switched off, in the order of the text."""
    found: list[OffRule] = []
    for match in _OFF.finditer(text):
        indent, rule_id, count = match[1], match[2], int(match[3])
        rest = text[match.end() + 1 :].split("\n")[:count]
        if len(rest) == count and all(line.startswith(f"{indent}#") for line in rest):
            end = match.end() + 1 + len("\n".join(rest))
            lines = [_uncommented(line, indent) for line in rest]
            found.append(OffRule(rule_id, match.start(), end, "\n".join(lines)))
    return tuple(found)


def _uncommented(line: str, indent: str) -> str:
    bare = line.removeprefix(f"{indent}#")
    return f"{indent}{bare[1:]}" if bare.startswith(" ") else bare


def switch_on(text: str, rule_id: str) -> str:
    """The text with a rule's lines as they were before it was switched off."""
    for off in switched_off(text):
        if off.id == rule_id:
            return apply_edits(text, [Edit(off.start, off.end, off.text)])
    raise TextNotEditable(why=f"no rule {rule_id} is switched off")


def set_constant(text: str, name: str, value: str) -> str:
    """The text with another value for a constant; raises TextNotEditable."""
    return _set_below(text, ("constants", name), "value", value)


def set_version(text: str, label: str) -> str:
    """The text with another version label."""
    places = TextMap(text)
    return apply_edits(text, [places.set_value(places.root, "version", label, after=("policy",))])


def set_reason(text: str, code: str, words: str, *, language: str = "") -> str:
    """The text with other words for a reason, in a language where it has several."""
    path = ("reasons", code, "text") if language else ("reasons", code)
    return _set_below(text, path, language or "text", words)


def add_reason(text: str, code: str, words: str) -> str:
    """The text with one more reason behind the last; raises TextNotEditable."""
    places = TextMap(text)
    reasons = places.section("reasons")
    if not isinstance(reasons, yaml.MappingNode) or not reasons.value or reasons.flow_style:
        raise TextNotEditable(why="the reasons do not stand one a line")
    written = written_flow([("text", written_value(words, flow=True))])
    last = str(reasons.value[-1][0].value)
    return apply_edits(text, [places.add_entry(reasons, f"{code}: {written}", after=(last,))])


def _set_below(text: str, path: Sequence[str], key: str, value: str) -> str:
    places = TextMap(text)
    node: yaml.Node | None = places.root
    for name in path:
        node = value_at(node, name) if isinstance(node, yaml.MappingNode) else None
    if not isinstance(node, yaml.MappingNode):
        raise TextNotEditable(why=f"{'.'.join(path)} is not a mapping of keys")
    return apply_edits(text, [places.set_value(node, key, value)])
