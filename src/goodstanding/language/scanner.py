"""Tokens: the first gate. Whatever the profile has no use for is refused by name and place.

sqlglot's tokenizer reads the text; then every name, number, text and date is replaced by an
opaque mark (`v7` for token 7, `f7` before a bracket). So its parser sees nothing but our own
operators, and none of its special cases for functions, types, parameters or statements applies.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from goodstanding.language.banned import BANNED_SYMBOLS, BANNED_WORDS
from goodstanding.language.letters import foreign_letter
from goodstanding.language.refusals import DEPTH_MAX, banned, broken, chained, refusal, too_deep
from goodstanding.language.syntax import Constant, Day, Name, Number, Place, Text

LENGTH_MAX = 8192

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_KEYWORDS = {
    "AND": TokenType.AND,
    "OR": TokenType.OR,
    "NOT": TokenType.NOT,
    "IS": TokenType.IS,
    "NULL": TokenType.NULL,
    "TRUE": TokenType.TRUE,
    "FALSE": TokenType.FALSE,
    "DISTINCT": TokenType.DISTINCT,
    "FROM": TokenType.FROM,
    "IN": TokenType.IN,
    "BETWEEN": TokenType.BETWEEN,
    "LIKE": TokenType.LIKE,
    "ESCAPE": TokenType.ESCAPE,
    "CASE": TokenType.CASE,
    "WHEN": TokenType.WHEN,
    "THEN": TokenType.THEN,
    "ELSE": TokenType.ELSE,
    "END": TokenType.END,
}
_SYMBOLS = {
    "=": TokenType.EQ,
    "<>": TokenType.NEQ,
    "<": TokenType.LT,
    "<=": TokenType.LTE,
    ">": TokenType.GT,
    ">=": TokenType.GTE,
    "+": TokenType.PLUS,
    "-": TokenType.DASH,
    "*": TokenType.STAR,
    "||": TokenType.DPIPE,
    "(": TokenType.L_PAREN,
    ")": TokenType.R_PAREN,
    ",": TokenType.COMMA,
}
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_COMPARES = frozenset({"=", "<>", "<", "<=", ">", ">=", "IS", "IN", "BETWEEN", "LIKE"})
_BOUNDARIES = frozenset({"AND", "OR", ",", "WHEN", "THEN", "ELSE"})
RESERVED_WORDS = frozenset(word.lower() for word in _KEYWORDS)


Leaf: TypeAlias = Name | Number | Text | Day | Constant


@dataclass(slots=True)
class _Level:
    """What was seen since the last boundary at one level of brackets."""

    compared: bool = False
    between: bool = False


class Scan:
    """Tokens fit for the parser, and by token number what stood there and where.

    `declared` are the record's names, which win over words that are banned elsewhere; `at` is
    the place of the text's first character. Raises ExpressionRefused.
    """

    def __init__(self, *, text: str, declared: Collection[str], at: Place) -> None:
        self._text = text
        self._declared = declared
        self._at = at
        _check_text(text, at)
        self._found = self._tokenize()
        self._raws = [text[token.start : token.end + 1] for token in self._found]
        self._words = [raw.upper() for raw in self._raws]
        self.places = self._places()
        self._check_depth()
        self._check_chains()
        self.leaves: dict[int, Leaf] = {}
        self.calls: dict[int, str] = {}
        self.tokens = [
            marked
            for number in range(len(self._found))
            if (marked := self._mark(number)) is not None
        ]

    def operator_place(self, number: int) -> Place:
        """Where the operator stands that follows token `number` and its closing brackets."""
        for later in range(number + 1, len(self._found)):
            if self._words[later] not in {")", "END"}:
                return self.places[later]
        return self.places[number]

    def _tokenize(self) -> list[Token]:
        try:
            found = Tokenizer().tokenize(self._text)
        except TokenError as error:
            raise refusal(
                "syntax",
                "the text cannot be read: a quote or a comment does not end.",
                "close it; a quote inside a text is written twice.",
                self._at,
            ) from error
        if not found:
            raise refusal("syntax", "the expression is empty.", "write a condition.", self._at)
        return found

    def _places(self) -> list[Place]:
        begins = [0, *(found.end() for found in re.finditer("\n", self._text))]
        places: list[Place] = []
        for token in self._found:
            line = bisect_right(begins, token.start) - 1
            column = token.start - begins[line]
            places.append(Place(self._at.line + line, self._at.column + column))
        return places

    def _check_depth(self) -> None:
        """Brackets, and signs in a row, each of which the parser answers with a deeper call."""
        level = signs = 0
        for word, place in zip(self._words, self.places, strict=True):
            level += (word in {"(", "CASE"}) - (word in {")", "END"})
            signs = signs + 1 if word in {"NOT", "-", "+"} else 0
            if max(level, signs) > DEPTH_MAX:
                raise too_deep(place)

    def _check_chains(self) -> None:
        """One comparison between two of AND, OR, brackets and commas.

        The parser would put brackets of its own around `b IS TRUE` in `a = b IS TRUE`.
        """
        open_levels = [_Level()]
        for number, (word, place) in enumerate(zip(self._words, self.places, strict=True)):
            level = open_levels[-1]
            if word in {"(", "CASE"}:
                open_levels.append(_Level())
            elif word in {")", "END"}:
                open_levels = open_levels[:-1] or [_Level()]
            elif word == "AND" and level.between:
                level.between = False
            elif word in _BOUNDARIES:
                level.compared = False
            elif word in _COMPARES or (word == "NOT" and not self._is_part(number)):
                if level.compared:
                    raise chained(place)
                level.compared = word != "NOT"
                level.between = word == "BETWEEN"

    def _is_part(self, number: int) -> bool:
        """Whether NOT belongs to IS NOT, NOT IN, NOT LIKE or NOT BETWEEN."""
        after = self._words[number + 1] if number + 1 < len(self._words) else ""
        before = self._words[number - 1] if number else ""
        return before == "IS" or after in {"IN", "LIKE", "BETWEEN"}

    def _mark(self, number: int) -> Token | None:
        token = self._found[number]
        raw, word = self._raws[number], self._words[number]
        if word in _CONSTANTS and not self._follows_is(number):
            return self._leaf(number, Constant(_CONSTANTS[word], self.places[number]))
        if word in _KEYWORDS:
            self._check_keyword(number, word)
            return self._token(number, _KEYWORDS[word], word)
        if raw in _SYMBOLS:
            self._check_comma(number, raw)
            return self._token(number, _SYMBOLS[raw], raw)
        if token.token_type is TokenType.STRING:
            return self._mark_text(number, token.text)
        if word == "DATE" and self._type_of(number + 1) is TokenType.STRING:
            text = self._found[number + 1].text
            return self._leaf(number, Day(text, self.places[number]))
        if token.token_type is TokenType.NUMBER:
            return self._leaf(number, Number(self._digits(number), self.places[number]))
        return self._mark_name(number, raw)

    def _mark_text(self, number: int, text: str) -> Token | None:
        before = self._words[number - 1] if number else ""
        if before == "DATE":
            return None
        marked = self._leaf(number, Text(unicodedata.normalize("NFC", text), self.places[number]))
        if before == "ESCAPE":  # the parser takes nothing but a literal here
            return self._token(number, TokenType.STRING, marked.text)
        return marked

    def _mark_name(self, number: int, raw: str) -> Token:
        is_call = self._type_of(number + 1) is TokenType.L_PAREN
        self._check_name(number, raw, is_call=is_call)
        if raw.upper() == "TIMESTAMP" and self._type_of(number + 1) is TokenType.STRING:
            raise refusal(
                "timestamp_literal",
                "DATE 'yyyy-mm-dd' is the only typed literal.",
                "compare with the parameter as_of, or with an input of type TIMESTAMP.",
                self.places[number],
            )
        if is_call:
            self.calls[number] = raw.lower()
            return self._token(number, TokenType.VAR, f"f{number}")
        return self._leaf(number, Name(raw, self.places[number]))

    def _follows_is(self, number: int) -> bool:
        before = [self._words[earlier] for earlier in range(max(0, number - 2), number)]
        return before[-1:] == ["IS"] or before == ["IS", "NOT"]

    def _check_comma(self, number: int, raw: str) -> None:
        dangling = raw == "," and (
            self._raws[number - 1] in {"(", ","} or self._type_of(number + 1) is TokenType.R_PAREN
        )
        if dangling:
            raise broken(self.places[number])

    def _leaf(self, number: int, leaf: Leaf) -> Token:
        self.leaves[number] = leaf
        return self._token(number, TokenType.VAR, f"v{number}")

    def _token(self, number: int, token_type: TokenType, text: str) -> Token:
        found = self._found[number]
        return Token(token_type, text, line=found.line, col=number, start=number, end=number)

    def _type_of(self, number: int) -> TokenType | None:
        return self._found[number].token_type if number < len(self._found) else None

    def _check_keyword(self, number: int, word: str) -> None:
        before = self._words[number - 1] if number else ""
        misplaced = (word == "DISTINCT" and before not in {"IS", "NOT"}) or (
            word == "FROM" and before != "DISTINCT"
        )
        if misplaced:
            raise banned(BANNED_WORDS["select"], word, self.places[number])

    def _digits(self, number: int) -> str:
        raw = self._raws[number]
        glued = number + 1 < len(self._found) and (
            self._found[number + 1].start == self._found[number].end + 1
            and _NAME.match(self._raws[number + 1]) is not None
        )
        if glued or _NUMBER.fullmatch(raw) is None:
            raise refusal(
                "number",
                f"{raw}{self._raws[number + 1] if glued else ''} is no number of the language:"
                " no exponent, no hexadecimal, no point at an end.",
                "write digits, with decimals after a point where needed: 31, 0.5, 100000.",
                self.places[number],
            )
        return raw

    def _check_name(self, number: int, raw: str, *, is_call: bool) -> None:
        place = self.places[number]
        if raw.startswith('"'):
            raise refusal(
                "quoted_name", f"{raw} is a quoted name.", "use the name without quotes.", place
            )
        word = raw.split(maxsplit=1)[0].lower()  # some tokens hold two words: SIMILAR TO
        if _NAME.fullmatch(raw) is None and word not in BANNED_WORDS:
            ban = BANNED_SYMBOLS.get(raw) or BANNED_SYMBOLS.get(raw[0])
            raise foreign_letter(raw, place) if ban is None else banned(ban, raw, place)
        ban = BANNED_WORDS.get(word)
        if ban is not None and (is_call or raw not in self._declared):
            raise banned(ban, raw, place)


def _check_text(text: str, place: Place) -> None:
    size = len(text.encode(errors="replace"))
    if size > LENGTH_MAX:
        raise refusal(
            "too_long",
            f"the expression is {size} bytes long; at most {LENGTH_MAX} are read.",
            "name a part of it as a derived value and use that.",
            place,
        )
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise refusal(
            "character",
            "the text holds a NUL or half of a character, which no engine can store.",
            "remove it.",
            place,
        )
