"""What SQL has and the profile does not, each with the sentence that helps the author on.

Source: field guide on decisions, section 2, table of banned constructs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ban:
    """Why a construct is refused and what to write instead."""

    code: str
    message: str
    mend: str


_DIVISION = Ban(
    "bare_division",
    "bare division means different things on different engines (1/0, 7/2).",
    "write safe_div(a, b) for a DOUBLE, div_round(a, b, s) for an exact DECIMAL,"
    " int_div(a, b) for whole numbers, or mod(a, b) for the remainder.",
)
_CAST = Ban(
    "cast",
    "a cast rounds differently from engine to engine.",
    "write to_int(x), to_decimal(x, p, s), to_double(x), to_date(x) or DATE 'yyyy-mm-dd'.",
)
_CLOCK = Ban(
    "clock",
    "reading the clock or drawing at random would make a decision impossible to replay.",
    "use the parameter as_of or as_of_date.",
)
_STATEMENT = Ban(
    "statement",
    "an expression is one scalar formula: no statement, sub-query, join or alias.",
    "bring what you need into the record as a feature, then use its name.",
)
_AGGREGATE = Ban(
    "aggregate",
    "aggregates and windows are not part of a formula.",
    "declare a feature with this measure and window, then use its name.",
)
_SKIPS_NULL = Ban(
    "skips_null",
    "greatest, least and concat skip NULL on some engines.",
    "write max_of(a, b), min_of(a, b) or a || b: they are unknown if any argument is.",
)
_ROUND = Ban(
    "round",
    "round breaks ties differently from engine to engine.",
    "write round_half_up(x, s) with the number of decimals s.",
)
_PATTERN = Ban(
    "pattern",
    "regular expressions and case-blind patterns differ between engines, and some can hang.",
    "write x LIKE 'pattern', starts_with(x, y), contains(x, y), or lower_ascii(x) LIKE 'pattern'.",
)
_DIALECT = Ban(
    "dialect",
    "this construct means different things on different engines.",
    "use the operators and functions of the language manual only.",
)
_PLACEHOLDER = Ban(
    "placeholder",
    "placeholders and variables are not part of a formula.",
    "declare an input and use its name.",
)
_NOT_EQUAL = Ban("operator", "this operator is written differently here.", "write a <> b.")
_TEXT_CASE = Ban(
    "text_case",
    "upper, lower and trim follow the engine's own tables of letters and spaces.",
    "write upper_ascii(x), lower_ascii(x) or trim_spaces(x).",
)

BANNED_SYMBOLS = {
    "/": _DIVISION,
    "//": _DIVISION,
    "%": _DIVISION,
    "::": _CAST,
    ";": _STATEMENT,
    "@": _PLACEHOLDER,
    "?": _PLACEHOLDER,
    ":": _PLACEHOLDER,
    "$": _PLACEHOLDER,
    "!=": _NOT_EQUAL,
    "!": Ban("operator", "this operator is written differently here.", "write NOT x."),
    "==": Ban("operator", "this operator is written differently here.", "write a = b."),
    "<=>": Ban(
        "operator",
        "this operator is written differently here.",
        "write a IS NOT DISTINCT FROM b.",
    ),
    ".": Ban(
        "qualified_name",
        "names are not qualified, and a number starts and ends with a digit.",
        "use the input's own name; write 0.5 or 5.0.",
    ),
    "[": _DIALECT,
    "]": _DIALECT,
    "{": _PLACEHOLDER,
    "}": _PLACEHOLDER,
    "->": _DIALECT,
    "=>": _DIALECT,
}

BANNED_WORDS = {
    word: ban
    for ban, words in (
        (_STATEMENT, "select with from where exists union having limit insert update delete drop"),
        (_STATEMENT, "create alter table join as any all some values"),
        (_AGGREGATE, "over partition count sum avg min max median stddev row_number lag lead"),
        (_CLOCK, "now current_date current_time current_timestamp localtime localtimestamp today"),
        (_CLOCK, "getdate sysdate random rand uuid gen_random_uuid"),
        (_CAST, "cast try_cast convert"),
        (_ROUND, "round"),
        (_SKIPS_NULL, "greatest least concat concat_ws"),
        (_PATTERN, "ilike rlike regexp similar glob regexp_matches regexp_like regexp_extract"),
        (_DIALECT, "collate interval at extract date_trunc date_part array struct map lambda"),
        (_DIALECT, "isnull notnull if iif ifnull nvl decode div xor unknown escape symmetric"),
        (_TEXT_CASE, "upper lower trim ltrim rtrim btrim"),
    )
    for word in words.split()
}
