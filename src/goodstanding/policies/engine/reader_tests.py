"""The section `tests` of a policy."""

from goodstanding.policies.engine.definition import Expectation, TestDeclaration
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.evaluation import Outcome, Truth
from goodstanding.policies.engine.section import Section, unique

NULL_WORDS = {"null", "~"}


def read_tests(root: Section) -> tuple[TestDeclaration, ...]:
    """The tests in their order."""
    tests = tuple(map(_test, root.items("tests")))
    unique(((test.name, test.place) for test in tests), what="test", path="tests", log=root.log)
    return tests


def _test(section: Section) -> TestDeclaration:
    inputs = section.section("inputs", required=True)
    expect = section.section("expect", required=True)
    test = TestDeclaration(
        name=section.text("name", required=True),
        inputs=_values(inputs) if inputs else {},
        expect=_expectation(expect) if expect else Expectation(),
        as_of=section.instant("as_of"),
        place=section.place,
    )
    section.finish()
    return test


def _values(section: Section) -> "dict[str, Scalar | None]":
    return {name: _scalar_or_null(section, name) for name in section.table}


def _scalar_or_null(section: Section, name: str) -> Scalar | None:
    found = section.scalar(name)
    if found is None or (not found.is_quoted and found.text in NULL_WORDS):
        return None
    return found


def _expectation(section: Section) -> Expectation:
    terms = section.section("terms")
    rules = section.section("rules")
    found = Expectation(
        outcome=section.choice("outcome", Outcome),
        reasons=section.texts("reasons") if section.has("reasons") else None,
        score=section.decimal("score"),
        points=section.integer("points") if section.has("points") else None,
        queue=section.text("queue") or None,
        terms=_values(terms) if terms else {},
        rules={name: _truth(rules, name) for name in rules.table} if rules else {},
    )
    section.texts("reasons")
    section.integer("points")
    section.finish()
    return found


def _truth(section: Section, name: str) -> str:
    found = section.choice(name, Truth)
    return found.value if found else ""
