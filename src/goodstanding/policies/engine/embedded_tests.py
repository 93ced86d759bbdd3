"""Running the tests that travel with a policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from goodstanding.policies.engine.definition import Expectation, TestDeclaration
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.evaluation import Evaluation, Truth, Value
from goodstanding.policies.engine.policy import Policy
from goodstanding.policies.engine.values import read_text, value_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise than the test demands."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test: what it asked, what differed, and the evaluation behind it."""

    __test__ = False  # not a test of pytest

    name: str
    line: int
    differences: tuple[Difference, ...]
    evaluation: Evaluation

    @property
    def passed(self) -> bool:
        """Whether nothing differed."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class TestReport:
    """All tests of a policy, and the rules and bands that none of them reaches."""

    __test__ = False  # not a test of pytest

    results: tuple[TestResult, ...]
    rules_never_true: tuple[str, ...]
    rules_never_unknown: tuple[str, ...]
    bands_never_reached: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether there are tests and all of them passed."""
        return bool(self.results) and all(result.passed for result in self.results)

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """The tests that did not pass."""
        return tuple(result for result in self.results if not result.passed)


def run_tests(policy: Policy) -> TestReport:
    """Run every embedded test of the policy.

    A test whose inputs the policy would refuse fails with the refusal's own words, since its
    evaluation cannot be shown: such a text is refused by `load_policy` already.
    """
    results = tuple(_run(policy, test) for test in policy.definition.tests)
    evaluations = [result.evaluation for result in results]
    can_be_unknown = {rule.declaration.id for rule in policy.plan.rules if rule.can_be_unknown}
    true, unknown = set[str](), set[str]()
    for evaluation in evaluations:
        true |= {rule.id for rule in evaluation.rules if rule.truth is Truth.TRUE}
        unknown |= {rule.id for rule in evaluation.rules if rule.missing}
    bands = {item.band.name for item in evaluations if item.band is not None}
    rule_ids = [rule.declaration.id for rule in policy.plan.rules if not rule.stands_for_a_gap]
    declared = policy.plan.score.bands if policy.plan.score else ()
    return TestReport(
        results=results,
        rules_never_true=tuple(name for name in rule_ids if name not in true),
        rules_never_unknown=tuple(
            name for name in rule_ids if name in can_be_unknown and name not in unknown
        ),
        bands_never_reached=tuple(band.name for band in declared if band.name not in bands),
    )


def record_of(policy: Policy, test: TestDeclaration) -> dict[str, Value | None]:
    """The record that a test puts in."""
    return {name: _value(policy, name, scalar) for name, scalar in test.inputs.items()}


def _run(policy: Policy, test: TestDeclaration) -> TestResult:
    evaluation = policy.evaluate(record_of(policy, test), as_of=test.as_of)
    return TestResult(
        name=test.name,
        line=test.place.line,
        differences=tuple(_differences(policy, test.expect, evaluation)),
        evaluation=evaluation,
    )


def _value(policy: Policy, name: str, scalar: Scalar | None) -> Value | None:
    if scalar is None:
        return None
    type_ = policy.plan.types[name]
    return value_of(read_text(scalar.text, type_), type_)


def _differences(policy: Policy, expect: Expectation, evaluation: Evaluation) -> list[Difference]:
    found: list[Difference] = []

    def compare(what: str, expected: object, given: object) -> None:
        if expected is not None and expected != given:
            found.append(Difference(what, _shown(expected), _shown(given)))

    compare("outcome", expect.outcome, evaluation.outcome)
    compare("reasons", expect.reasons, tuple(reason.code for reason in evaluation.reasons))
    compare("points", expect.points, evaluation.points)
    compare("queue", expect.queue, evaluation.queue)
    if expect.score is not None:
        score = evaluation.score
        compare("score", expect.score, None if score is None else Decimal(score))
    truths = {rule.id: rule.truth.value for rule in evaluation.rules}
    for rule_id, truth in expect.rules.items():
        compare(f"rule {rule_id}", truth, truths[rule_id])
    found += _term_differences(policy, expect.terms, evaluation)
    return found


def _term_differences(
    policy: Policy, expected: Mapping[str, Scalar | None], evaluation: Evaluation
) -> list[Difference]:
    found: list[Difference] = []
    types = {term.name: term.expression.type for term in policy.plan.terms}
    given = {term.name: term.value for term in evaluation.terms}
    for name, scalar in expected.items():
        value = (
            None if scalar is None else value_of(read_text(scalar.text, types[name]), types[name])
        )
        if value != given[name]:
            found.append(Difference(name, _shown(value), _shown(given[name])))
    return found


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"  # pyright: ignore[reportUnknownArgumentType]
    return str(value)
