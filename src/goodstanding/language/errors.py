"""Refusals of the policy language: what was written, why it cannot be, and what to write."""

from goodstanding.core.errors import Refusal


class ExpressionRefused(Refusal):
    """Line {line}, column {column}: {problem}"""

    status = 422

    def __init__(
        self, *, code: str, message: str, mend: str, line: int = 1, column: int = 1
    ) -> None:
        """Refuse an expression at publish.

        `code` is stable and short (`unknown_name`, `double_equality`), `message` says what is
        wrong, `mend` what to write instead; `line` and `column` count from 1 in the text that
        holds the expression.
        """
        super().__init__(
            mend="Mend: {remedy}", remedy=mend, problem=message, line=line, column=column
        )
        self.code = code  # pyright: ignore[reportAttributeAccessIssue]  # one class, many codes
        self.problem = message
        self.remedy = mend
        self.line = line
        self.column = column


class ValueRefused(Refusal):
    """{problem}"""

    status = 422
    code = "value_refused"

    def __init__(self, *, message: str, mend: str) -> None:
        super().__init__(mend="Mend: {remedy}", remedy=mend, problem=message)
        self.problem = message
        self.remedy = mend
