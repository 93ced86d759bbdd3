"""An attribute of a fact, read from JSON in its declared type, in each dialect."""

from goodstanding.language.expression import parse_expression
from goodstanding.language.types import TEXT, Kind, Type
from goodstanding.policies.features.dialects import Dialect


def attribute_of(relation: str, name: str, type_: Type, *, dialect: Dialect) -> str:
    """The attribute of the relation's fact; NULL where it has none or one of another type."""
    kind, text = dialect.attribute(name, of=relation)
    kinds = ", ".join(f"'{item}'" for item in _kinds_of_json(type_))
    raw = f"CASE WHEN ({kind}) IN ({kinds}) THEN {text} END"
    if type_.kind is Kind.TEXT:
        return f"({raw})"
    if type_.kind is Kind.BOOLEAN:
        return f"(({raw}) = 'true')"
    if type_.kind is Kind.DECIMAL:  # a fraction in JSON may have been a DOUBLE on its way
        whole = f"({kind}) = 'string' OR ({text}) NOT LIKE '%.%' AND ({text}) NOT LIKE '%e%'"
        raw = f"CASE WHEN ({kind}) IN ({kinds}) AND ({whole}) THEN {text} END"
    read = {
        Kind.INTEGER: "to_int(raw)",
        Kind.DATE: "to_date(raw)",
        Kind.DECIMAL: f"to_decimal(raw, {type_.precision}, {type_.scale})",
    }[type_.kind]
    expression = parse_expression(read, types={"raw": TEXT})
    return dialect.emitter(column=lambda _: f"({raw})").emit(expression)


def _kinds_of_json(type_: Type) -> tuple[str, ...]:
    """The kinds of JSON values that an attribute of the type may be."""
    match type_.kind:
        case Kind.BOOLEAN:
            return ("boolean",)
        case Kind.INTEGER:
            return ("number",)
        case Kind.DECIMAL:
            return ("string", "number")
        case _:
            return ("string",)
