"""What is read before a batch is decided: claims, parties, and the features of their policies.

One statement, whatever the policies in force ask for; it changes when they do.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog

from goodstanding.decisions.operations.packed_arrays import (
    InstantArray,
    PackedArray,
    TextArray,
    WordArray,
)
from goodstanding.decisions.operations.statements import NumberedStatement, numbered
from goodstanding.decisions.types import FeatureValue, InForce, Question
from goodstanding.language.postgres_engine import PostgresEmitter
from goodstanding.policies.features import (
    FeatureDefinition,
    FeatureUnknown,
    feature_named,
    point_lookup,
)

log = structlog.get_logger()
Wanted = tuple[tuple[str, tuple[str, ...]], ...]


class Found(NamedTuple):
    """What was read for one question, and by which versions in force it is to be decided."""

    decision_id: UUID | None
    party_id: UUID | None
    features: Mapping[str, FeatureValue]
    in_force: InForce

    def asked(self, question: Question) -> Question:
        """The question with what was read for it."""
        return msgspec.structs.replace(question, party_id=self.party_id, features=self.features)


@dataclass(frozen=True, slots=True)
class ContextQuery:
    """The statement of a batch, and what each policy reads of it.

    `features` names a policy's features with the two columns of each: its value and `missing`.
    """

    statement: NumberedStatement
    features: Mapping[str, Sequence[tuple[str, str, str]]]

    def columns(self, questions: Sequence[Question]) -> list[PackedArray]:
        """The parameters: one packed array a column, in the statement's order."""
        return [_COLUMNS[name](questions) for name in self.statement.names]

    def found(
        self, questions: Sequence[Question], rows: Sequence[Mapping[str, Any]], in_force: InForce
    ) -> list[Found]:
        """What was read for each question."""
        return [
            Found(row["decision_id"], row["party_id"], self._features(question, row), in_force)
            for question, row in zip(questions, rows, strict=True)
        ]

    def _features(self, question: Question, row: Mapping[str, Any]) -> dict[str, FeatureValue]:
        return {
            reference: FeatureValue(row[value], row[missing])
            for reference, value, missing in self.features.get(question.request.policy, ())
        }


def context_query(in_force: InForce) -> ContextQuery:
    """The statement that reads what these versions need."""
    return _query(in_force.features)


@lru_cache(maxsize=32)
def _query(wanted: Wanted) -> ContextQuery:
    readers = dict(wanted)
    definitions = [item for reference in readers if (item := _definition(reference)) is not None]
    return query_of(definitions, readers)


def query_of(
    definitions: Sequence[FeatureDefinition], readers: Mapping[str, tuple[str, ...]]
) -> ContextQuery:
    """The statement for these features; `readers` are the policies that read each."""
    if not definitions:
        return ContextQuery(numbered("find_context"), {})
    lookup = point_lookup(definitions, wanted=lambda item: _condition(readers[item.reference]))
    asked = numbered("find_asked")
    columns = ", ".join(lookup.columns)
    text = (
        f"with asked as materialized ({asked.text})\n"
        f"select asked.decision_id, asked.party_id, {columns}\nfrom asked\n{lookup.joins}\n"
        "order by asked.place asc"
    )
    features: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for at, item in enumerate(definitions):
        for policy in readers[item.reference]:
            features[policy].append((item.reference, *lookup.names(at)))
    return ContextQuery(NumberedStatement(text, asked.names), dict(features))


def _definition(reference: str) -> FeatureDefinition | None:
    """A definition; one that is gone leaves its feature missing by the fault of its source."""
    try:
        return feature_named(reference)
    except FeatureUnknown:
        log.warning("feature_definition_missing", feature=reference)
        return None


def _condition(policies: tuple[str, ...]) -> str:
    names = ", ".join(map(PostgresEmitter(column=str).quote, policies))
    return f"(asked.decision_id is null and asked.policy in ({names}))"


_COLUMNS: dict[str, Callable[[Sequence[Question]], PackedArray]] = {
    "claimed_by": lambda asked: WordArray.of([item.caller.claimed_by for item in asked]),
    "idempotency_key": lambda asked: TextArray.of([item.request.idempotency_key for item in asked]),
    "scheme": lambda asked: WordArray.of([item.request.entity.scheme for item in asked]),
    "value": lambda asked: TextArray.of([item.request.entity.value for item in asked]),
    "legal_entity": lambda asked: WordArray.of([item.caller.legal_entity for item in asked]),
    "policy": lambda asked: WordArray.of([item.request.policy for item in asked]),
    "as_of": lambda asked: InstantArray.of([item.request.as_of for item in asked]),
}
