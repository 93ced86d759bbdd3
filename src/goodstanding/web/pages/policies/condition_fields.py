"""A condition as fields of a form, and back: each line with the choices that fit it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict

from goodstanding.language.types import PARAMETERS, Kind, Type
from goodstanding.policies.engine.conditions import (
    WORDS,
    Condition,
    Group,
    Joiner,
    Line,
    Opaque,
    Part,
    Vocabulary,
    operators_of,
    takes_name,
    values_wanted,
)
from goodstanding.policies.engine.definition import InputDeclaration
from goodstanding.policies.engine.plan import Plan
from goodstanding.web.pages.policies.inputs import range_words

_PLACE = re.compile(r"c([0-9]{1,3})-")
_INNER = re.compile(r"c([0-9]{1,3})-([0-9]{1,3})-")
LINES_MAX = 40
Choice = tuple[str, str]
TYPE_WORDS = {
    Kind.BOOLEAN: "yes or no", Kind.INTEGER: "whole number", Kind.DECIMAL: "number",
    Kind.DOUBLE: "number", Kind.TEXT: "text", Kind.DATE: "day", Kind.TIMESTAMP: "instant",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineFields:
    """The fields of one line, with their choices; `prefix` begins their names."""

    prefix: str
    place: str
    line: Line
    subjects: Sequence[tuple[str, Sequence[Choice]]]
    operators: Sequence[Choice]
    names: Sequence[Choice]
    choices: Sequence[Choice]
    widget: str
    hint: str
    error: str = ""
    text: str = ""

    @property
    def value(self) -> str:
        """The first value."""
        return self.line.values[0] if self.line.values else ""

    @property
    def second(self) -> str:
        """The second value."""
        return self.line.values[1] if len(self.line.values) > 1 else ""

    @property
    def many(self) -> str:
        """All values, one a line."""
        return "\n".join(self.line.values)


@dataclass(frozen=True, slots=True)
class GroupFields:
    """A group of lines."""

    place: str
    joiner: Joiner
    lines: Sequence[LineFields]


def condition_of(posted: QueryDict) -> Condition:
    """The condition as the fields say it, complete or not."""
    places = sorted({int(found[1]) for key in posted if (found := _PLACE.match(key))})[:LINES_MAX]
    parts = [_member(posted, at) for at in places]
    return Condition(_joiner(posted, "joiner"), tuple(parts))


def _member(posted: QueryDict, at: int) -> Part:
    if f"c{at}-joiner" not in posted:
        return _part(posted, f"c{at}-")
    inner = sorted(
        {int(found[2]) for key in posted if (found := _INNER.match(key)) and int(found[1]) == at}
    )[:LINES_MAX]
    parts = tuple(_part(posted, f"c{at}-{below}-") for below in inner)
    return Group(_joiner(posted, f"c{at}-joiner"), parts)


def _joiner(posted: QueryDict, key: str) -> Joiner:
    return Joiner.ANY if posted.get(key) == Joiner.ANY.value else Joiner.ALL


def _part(posted: QueryDict, prefix: str) -> Line | Opaque:
    if f"{prefix}text" in posted:
        return Opaque(str(posted.get(f"{prefix}text", "")))
    operator = posted.get(f"{prefix}operator", "")
    values = [value for value in posted.getlist(f"{prefix}value") if value.strip()]
    if values_wanted(operator) is None:
        values = [line.strip() for value in values for line in value.split("\n") if line.strip()]
    than = posted.get(f"{prefix}than", "") if takes_name(operator) else ""
    subject = posted.get(f"{prefix}subject", "")
    return Line(subject, operator, () if than else tuple(values), than)


def changed(condition: Condition, act: str, vocabulary: Vocabulary) -> Condition:
    """The condition after a button: `add`, `add-group`, `add:2`, `remove:2`, `remove:2-0`."""
    verb, _, target = act.partition(":")
    parts = list(condition.parts)
    at, _, below = target.partition("-")
    index = int(at) if at.isdecimal() and int(at) < len(parts) else None
    if verb == "add" and index is None:
        parts.append(_new_line(vocabulary))
    elif verb == "add-group":
        other = Joiner.ANY if condition.joiner is Joiner.ALL else Joiner.ALL
        parts.append(Group(other, (_new_line(vocabulary), _new_line(vocabulary))))
    elif index is not None:
        part = parts[index]
        if verb == "add" and isinstance(part, Group):
            parts[index] = Group(part.joiner, (*part.parts, _new_line(vocabulary)))
        elif verb == "remove" and not below:
            parts.pop(index)
        elif verb == "remove" and isinstance(part, Group) and below.isdecimal():
            kept = tuple(one for n, one in enumerate(part.parts) if n != int(below))
            parts[index : index + 1] = [Group(part.joiner, kept)] if kept else []
    return Condition(condition.joiner, tuple(parts) or (_new_line(vocabulary),))


def _new_line(vocabulary: Vocabulary) -> Line:
    readable = [name for name in vocabulary.types if name not in vocabulary.withheld]
    name = readable[0]
    return Line(name, operators_of(vocabulary.types[name], vocabulary.lists)[0])


@dataclass(frozen=True)
class FieldMaker:
    """Makes the fields of conditions of one plan."""

    plan: Plan
    vocabulary: Vocabulary

    def fields(
        self, condition: Condition, problems: Mapping[tuple[int, int], str]
    ) -> list[LineFields | GroupFields]:
        """The fields of each part, with the problem of each line."""
        found: list[LineFields | GroupFields] = []
        for at, part in enumerate(condition.parts):
            if isinstance(part, Group):
                lines = [
                    self._fields(inner, f"c{at}-{below}-", f"{at}-{below}",
                                 problems.get((at, below), ""))
                    for below, inner in enumerate(part.parts)
                ]  # fmt: skip
                found.append(GroupFields(str(at), part.joiner, lines))
            else:
                problem = problems.get((at, -1), "")
                found.append(self._fields(part, f"c{at}-", str(at), problem))
        return found

    def _fields(self, part: Line | Opaque, prefix: str, place: str, error: str) -> LineFields:
        if isinstance(part, Opaque):
            empty = Line("", "")
            return LineFields(prefix, place, empty, (), (), (), (), "none", "", error, part.text)
        of = self.vocabulary.type_of(part.subject)
        operators = operators_of(of, self.vocabulary.lists) if of else ()
        line = (
            part
            if part.operator in operators or not operators
            else replace(part, operator=operators[0], than="")
        )
        item = next((each for each in self.plan.inputs if each.name == part.subject), None)
        return LineFields(
            prefix=prefix,
            place=place,
            line=line,
            subjects=self.subjects,
            operators=[(operator, WORDS[operator]) for operator in operators],
            names=self._names(part.subject, of) if takes_name(line.operator) else (),
            choices=self._choices(line, of, item),
            widget=_widget(line, of, item),
            hint=_hint(of, item),
            error=error,
        )

    @property
    def subjects(self) -> Sequence[tuple[str, Sequence[Choice]]]:
        """What a line can look at, by kind, each with its label."""
        plan, withheld = self.plan, self.vocabulary.withheld
        inputs = [(item.name, item.label) for item in plan.inputs if item.name not in withheld]
        computed = [(item.name, item.label) for item in plan.computed]
        models = [(item.name, item.declaration.label or item.name) for item in plan.models]
        groups = (
            ("Inputs", inputs), ("Computed", computed), ("Models", models),
            ("The decision", [("as_of_date", "day of the decision")]),
        )  # fmt: skip
        return [(words, choices) for words, choices in groups if choices]

    def _names(self, subject: str, of: Type | None) -> list[Choice]:
        """Names that the subject can be compared with: cut-offs first."""
        constants = {item.name: item for item in self.plan.constants}
        found = [
            (name, f"{item.label or name} ({item.value})")
            for name, item in constants.items()
            if _comparable(item.type, of)
        ]
        others = {**self.vocabulary.types, **PARAMETERS}
        found += [
            (name, self.plan.label_of(name))
            for name, type_ in others.items()
            if name not in constants and name != subject and _comparable(type_, of)
            and name not in self.vocabulary.withheld
        ]  # fmt: skip
        return found

    def _choices(self, line: Line, of: Type | None, item: InputDeclaration | None) -> list[Choice]:
        if line.operator in {"listed", "not_listed"}:
            return [
                (each.name, each.label or each.name)
                for each in self.plan.list_declarations
                if each.type == of
            ]
        return [(value, value) for value in item.values] if item else []


def _comparable(one: Type, other: Type | None) -> bool:
    if other is None:
        return False
    return one.kind is other.kind or (one.is_exact_number and other.is_exact_number)


def _widget(line: Line, of: Type | None, item: InputDeclaration | None) -> str:
    """How the value is asked for."""
    wanted = values_wanted(line.operator)
    if of is None or wanted == 0 or line.than:
        return "none"
    closed = item is not None and bool(item.values)
    if line.operator in {"listed", "not_listed"}:
        return "choice"
    if wanted is None:
        return "several" if closed else "many"
    if closed and line.operator in {"=", "<>"}:
        return "choice"
    kind = "day" if of.kind is Kind.DATE else "text" if of.kind is Kind.TEXT else "number"
    return f"two-{kind}s" if wanted == 2 else kind


def _hint(of: Type | None, item: InputDeclaration | None) -> str:
    """The type, and what the input may be."""
    if of is None:
        return ""
    words = TYPE_WORDS[of.kind]
    if of.kind is Kind.DECIMAL:
        words = f"number with {of.scale} places"
    extra = range_words(item) if item is not None and not item.values else ""
    optional = "" if item is None or item.is_required else "may be missing"
    return ", ".join(filter(None, (words, extra, optional)))
