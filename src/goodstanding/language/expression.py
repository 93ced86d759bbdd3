"""An expression that passed every check, and the one way to get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from goodstanding.language.banned import BANNED_WORDS
from goodstanding.language.checker import Checker
from goodstanding.language.printer import print_tree
from goodstanding.language.refusals import refusal
from goodstanding.language.syntax import Place, Syntax
from goodstanding.language.tree import Case, InList, Input, Like, Node, Operation, tree_hash, walk
from goodstanding.language.types import BOOLEAN, PARAMETERS, Type
from goodstanding.language.typing_rules import is_null


@dataclass(frozen=True)
class Expression:
    """A typed tree with what others ask about it.

    `text` is what the author wrote; equality and hash are those of the tree alone.
    """

    tree: Node
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.tree == other.tree

    def __hash__(self) -> int:
        return hash(self.tree)

    @property
    def type(self) -> Type:
        """The type of the result."""
        return self.tree.type

    @cached_property
    def inputs(self) -> dict[str, Type]:
        """Inputs and parameters used, in the order of their first use, with their types."""
        found = (node for node in walk(self.tree) if isinstance(node, Input))
        return {node.name: node.type for node in found}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Inputs used, in the order of their first use; without parameters."""
        return tuple(name for name in self.inputs if name not in PARAMETERS)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Which of as_of and as_of_date are used."""
        return tuple(name for name in self.inputs if name in PARAMETERS)

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """Names of the lists looked up."""
        found = (node.name for node in walk(self.tree) if isinstance(node, InList))
        return tuple(dict.fromkeys(found))

    @cached_property
    def functions(self) -> frozenset[str]:
        """Names of the operators and functions used; CASE and LIKE as `case` and `like`."""
        return frozenset(filter(None, map(_function, walk(self.tree))))

    @cached_property
    def sha256(self) -> str:
        """Content hash of the tree: same meaning and same names, same hash."""
        return tree_hash(self.tree)

    def to_text(self) -> str:
        """The canonical text; reading it again gives the same tree."""
        return print_tree(self.tree)


def parse_expression(
    text: str,
    *,
    types: Mapping[str, Type],
    lists: Mapping[str, Type] | None = None,
    withheld: Mapping[str, str] | None = None,
    expect: Type | None = None,
    at: tuple[int, int] = (1, 1),
) -> Expression:
    """Read, check and type one expression of the closed profile.

    `types` are the record's inputs and features, beside which as_of and as_of_date always
    exist; `lists` the declared lists with the type of their values; `withheld` says by name why
    an input may not be used; `expect` is the type a result must have (BOOLEAN for a rule);
    `at` is line and column of the text's first character, for refusals.
    Raises ExpressionRefused.
    """
    place = Place(*at)
    declared = frozenset(name for name in types if name.lower() in BANNED_WORDS)
    syntax = _parse(text, declared, place)
    tree = Checker(types, lists or {}, withheld or {}).check(syntax)
    _check_result(tree, expect, place)
    return Expression(tree, text)


def _check_result(tree: Node, expect: Type | None, place: Place) -> None:
    if is_null(tree):
        raise refusal("untyped_null", "NULL alone has no type.", "write a value.", place)
    if expect is not None and tree.type != expect:
        raise refusal(
            "not_boolean" if expect == BOOLEAN else "result_type",
            f"{expect} is wanted here, and this is {tree.type}.",
            "compare it with something, for example amount > 1000.00."
            if expect == BOOLEAN
            else f"bring it to {expect}, for example with a to_ function.",
            place,
        )


def _function(node: Node) -> str | None:
    match node:
        case Operation():
            return None if node.name == "widen" else node.name
        case Case() | Like():
            return type(node).__name__.lower()
        case InList():
            return "in_list"
        case _:
            return None


@lru_cache(maxsize=4096)
def _parse(text: str, declared: frozenset[str], place: Place) -> Syntax:
    from goodstanding.language.parser import parse_syntax  # sqlglot takes half a second to load

    return parse_syntax(text=text, declared=declared, at=place)
