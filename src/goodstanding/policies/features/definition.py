"""What a feature is: an entity's facts of some kinds, filtered, measured over a window."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from goodstanding.core.money import minor_places
from goodstanding.language.expression import Expression
from goodstanding.language.types import DATE, INTEGER, TEXT, Type, decimal

AMOUNT = "amount"
AMOUNT_DIGITS = 18
VALUE_DIGITS = 18
ESTIMATE_SCALE = 6
QUANTILE_PARTS = 10_000
EFFECTIVE_ON = "effective_on"
RATE_MAX_AGE = timedelta(days=7)
OF_THE_FACT = {"kind": TEXT, "subject": TEXT, "currency": TEXT, EFFECTIVE_ON: DATE}
"""Names of the fact itself that an expression may read, beside `amount` and declared attributes;
`effective_on` is the day on which it took effect, UTC."""


class EntityKey(StrEnum):
    """Whose facts are measured; each key has one type, so a number never meets a text."""

    PARTY = "party"  # UUID: the business behind the decision's identifier
    SUBJECT = "subject"  # TEXT: the identifier itself, as the facts name their subject

    @property
    def type_name(self) -> str:
        """The type of the key."""
        return "UUID" if self is EntityKey.PARTY else "TEXT"


class Measure(StrEnum):
    """How facts become one value."""

    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    STDDEV = "stddev"
    MEDIAN = "median"
    QUANTILE = "quantile"
    LAST = "last"
    RATIO = "ratio"

    @property
    def is_of_numbers(self) -> bool:
        """Whether it measures INTEGER or DECIMAL values only."""
        return self not in {Measure.COUNT, Measure.COUNT_DISTINCT, Measure.LAST, Measure.RATIO}

    @property
    def is_estimate(self) -> bool:
        """Whether the value has six decimals, whatever the values measured have."""
        return self in {
            Measure.AVG,
            Measure.STDDEV,
            Measure.MEDIAN,
            Measure.QUANTILE,
            Measure.RATIO,
        }

    @property
    def counts(self) -> bool:
        """Whether a covered window without facts makes it 0 and not NULL."""
        return self in {Measure.COUNT, Measure.COUNT_DISTINCT, Measure.SUM}


class OtherCurrencies(StrEnum):
    """What a fact in another currency than the declared one does."""

    UNKNOWN = "unknown"  # the feature has no value: kind `invalid`
    LEFT_OUT = "left_out"
    CONVERTED = "converted"  # at the rate of when it took effect; without one, unknown


@dataclass(frozen=True, slots=True)
class Conversion:
    """Into which currency amounts are brought, at rates how much older than the fact at most."""

    currency: str
    rate_max_age: timedelta


@dataclass(frozen=True, kw_only=True)
class FeatureDefinition:
    """One version of a feature, typed and checked.

    `kinds` are the kinds of facts that it reads; `attributes` what it reads of their attributes;
    `value` is measured over the facts where `filter` is TRUE, and is None where facts are counted.
    `quantile` counts ten-thousandths. `max_age` is how long the newest fact of each kind may be
    back before the source counts as silent; `rate_max_age` how long a rate of exchange may be back
    from the fact whose amount it converts. `text_hash` is the SHA-256 of the file.
    """

    name: str
    version: str
    title: str
    owner: str
    desk: str
    entity: EntityKey
    kinds: tuple[str, ...]
    measure: Measure
    window: timedelta
    unit: str
    description: str = ""
    attributes: Mapping[str, Type] = field(default_factory=dict[str, Type])
    filter: Expression | None = None
    value: Expression | None = None
    quantile: int = QUANTILE_PARTS // 2
    currency: str = ""
    other_currencies: OtherCurrencies = OtherCurrencies.UNKNOWN
    rate_max_age: timedelta = RATE_MAX_AGE
    max_age: timedelta | None = None
    text: str = field(default="", compare=False, repr=False)
    text_hash: str = ""

    @property
    def reference(self) -> str:
        """The name under which policies pin this version: `name@version`."""
        return f"{self.name}@{self.version}"

    @property
    def type(self) -> Type:
        """The type of the value."""
        if self.measure in {Measure.COUNT, Measure.COUNT_DISTINCT}:
            return INTEGER
        if self.measure.is_estimate:
            return decimal(VALUE_DIGITS, ESTIMATE_SCALE)
        assert self.value is not None  # noqa: S101 - the reader saw to it
        if self.measure is Measure.LAST and not self.value.type.is_exact_number:
            return self.value.type
        return decimal(VALUE_DIGITS, self.scale) if self.value.type != INTEGER else INTEGER

    @property
    def scale(self) -> int:
        """The decimals of the values measured."""
        return 0 if self.value is None else self.value.type.scale

    @property
    def conversion(self) -> Conversion | None:
        """How amounts in other currencies are brought into its own; None where they are not."""
        if self.other_currencies is not OtherCurrencies.CONVERTED:
            return None
        return Conversion(self.currency, self.rate_max_age)

    @property
    def names(self) -> Mapping[str, Type]:
        """What its expressions may read."""
        return names_of(self.currency, self.attributes)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The filter and the value, where there are any."""
        return tuple(item for item in (self.filter, self.value) if item is not None)


def names_of(currency: str, attributes: Mapping[str, Type]) -> dict[str, Type]:
    """What expressions over a fact may read; the amount only where a currency is declared."""
    amount = {AMOUNT: amount_type(currency)} if currency else {}
    return {**OF_THE_FACT, **amount, **attributes}


def amount_type(currency: str) -> Type:
    """Money in whole units, with the decimals of its currency."""
    return decimal(AMOUNT_DIGITS, minor_places(currency=currency))
