"""The names that an expression of the policy may read, and the reading of one expression."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from goodstanding.language.errors import ExpressionRefused
from goodstanding.language.expression import Expression, parse_expression
from goodstanding.language.tree import Input, Node
from goodstanding.language.types import Type
from goodstanding.policies.engine.definition import Constant
from goodstanding.policies.engine.document import Scalar
from goodstanding.policies.engine.mistakes import MistakeLog, nearest, sentence
from goodstanding.policies.engine.trees import literal_of, substitute
from goodstanding.policies.engine.values import cell_reader


@dataclass(frozen=True)
class Scope:
    """Names with their types; `types` grows while values are derived.

    `failed` are derived values with a mistake of their own: what reads them is not blamed again.
    `circles` says of a derived value, by its name, the circle in which it needs itself. `absent`
    has what is wrong and the mend for names that are known elsewhere and not here.
    """

    log: MistakeLog
    types: dict[str, Type]
    constants: dict[str, Constant]
    lists: dict[str, Type]
    withheld: dict[str, str]
    failed: set[str] = field(default_factory=set[str])
    circles: dict[str, str] = field(default_factory=dict[str, str])
    absent: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def parse(
        self,
        written: Scalar,
        *,
        path: str,
        expect: Type | None = None,
        below: Collection[str] = (),
        extra: dict[str, Type] | None = None,
    ) -> Expression | None:
        """The typed expression, constants put in; None after a fault, which is in the log.

        `below` are names that are declared further down, for a better message.
        """
        types = {**self.types, **{name: item.type for name, item in self.constants.items()}}
        types |= extra or {}
        try:
            found = parse_expression(
                written.text,
                types=types,
                lists=self.lists,
                withheld=self.withheld,
                expect=expect,
            )
        except ExpressionRefused as refused:
            self._add(written, path, refused, types, below)
            return None
        return Expression(substitute(found.tree, self._constant), written.text)

    def _constant(self, node: Input) -> Node:
        item = self.constants.get(node.name)
        if item is None:
            return node
        return literal_of(cell_reader(item.type)(item.value), item.type)

    def _add(
        self,
        written: Scalar,
        path: str,
        refused: ExpressionRefused,
        types: dict[str, Type],
        below: Collection[str],
    ) -> None:
        problem, mend = sentence(refused.problem, code=written.text), sentence(refused.remedy)
        if refused.code == "unknown_name":
            name = _name_at(written.text, refused.line, refused.column)
            if name in self.failed:
                return
            if name in below and name in self.circles:
                self._add_circle(written, path, self.circles[name])
                return
            if name in below:
                mend = f"{name} is derived further down: move it above this value."
            elif name in self.absent:
                problem, mend = self.absent[name]
            else:
                mend = nearest(name, types) or mend
        self.log.add(
            written.place_of(line=refused.line, column=refused.column),
            path,
            problem,
            mend,
            code=refused.code,
        )

    def _add_circle(self, written: Scalar, path: str, circle: str) -> None:
        self.log.add(
            written.place,
            path,
            f"Values go in a circle: {circle}.",
            "Break it: let one of them read inputs alone.",
            code="circle",
        )


def _name_at(text: str, line: int, column: int) -> str:
    rest = text.splitlines()[line - 1][column - 1 :]
    length = next(
        (at for at, letter in enumerate(rest) if not (letter.isalnum() or letter == "_")), len(rest)
    )
    return rest[:length]
