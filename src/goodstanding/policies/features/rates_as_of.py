"""Rates of exchange joined set-wise: for each fact and each decision, the rate that was known then.

Rates are found in buckets as long as they may be old, so that a fact meets its near neighbours and
nothing else; the one of the highest rank is taken.
"""

from collections.abc import Mapping
from datetime import timedelta

from goodstanding.ledger.types import EXCHANGE_RATE
from goodstanding.policies.features.definition import Conversion
from goodstanding.policies.features.dialects import Dialect
from goodstanding.policies.features.rates import pair_of, quotient, rate_units, rounded

OF_A_FACT = ("effective_at", "amount_minor", "currency", "attributes")
_OF_A_PAIR = ("place", "subject", "kind")  # of a decision, one version of each fact is looked at
_CARRIED = ("instant", "recorded", *OF_A_FACT)
_INVERSE = 10**15  # what an inverse rate ranks below a direct one
_MICROSECOND = timedelta(microseconds=1)


def rates(facts: str, *, dialect: Dialect) -> str:
    """The step `rate`: versions of rates, each with the moment from which it was corrected.

    Of one pair the later has the higher `turn`; of two of one instant that recorded last, then that
    with the lesser subject.
    """
    later = (
        "select later.subject, later.legal_entity, later.version_no - 1 as corrects,"
        f" later.recorded_at from {facts} as later"
        f" where later.version_no > 1 and later.kind = '{EXCHANGE_RATE}'"
    )
    columns = [
        "fact.legal_entity",
        f"{pair_of('fact')} as pair",
        "fact.subject",
        f"{dialect.moment('fact.effective_at')} as instant",
        f"{dialect.moment('fact.recorded_at')} as recorded",
        f"{dialect.moment('later.recorded_at')} as corrected",
        f"{rate_units('fact', dialect=dialect)} as units",
    ]
    versions = (
        f"select {', '.join(columns)} from {facts} as fact left join ({later}) as later"
        " on later.subject = fact.subject and later.legal_entity = fact.legal_entity"
        " and later.corrects = fact.version_no"
        f" where fact.kind = '{EXCHANGE_RATE}' and not fact.retracted"
    )
    turn = (
        "row_number() over (partition by legal_entity, pair"
        " order by instant asc, recorded asc, subject desc)"
    )
    return f"rate as (select fact.*, {turn} as turn from ({versions}) as fact where units > 0)"


def quotes(conversion: Conversion, name: str, *, dialect: Dialect) -> str:
    """The step `quote_<name>`: rates by the currency that they convert, signed and ranked.

    Each stands in its own bucket and in the next.
    """
    own = dialect.quote(conversion.currency)
    both = " union all ".join(
        f"select way.* from (select rate.*, split_part(rate.pair, '/', {place}) as currency,"
        f" {sign}rate.units as signed, rate.turn - {behind} as rank from rate) as way"
        f" where way.pair = concat({pair})"
        for place, sign, behind, pair in (
            (1, "", 0, f"way.currency, '/', {own}"),
            (2, "-", _INVERSE, f"{own}, '/', way.currency"),
        )
    )
    bucket = _bucket("quote.instant", conversion, dialect)
    return (
        f"quote_{name} as (select quote.*, {bucket} + side.ahead as bucket from ({both}) as quote"
        f" cross join (select 0 as ahead union all select 1 as ahead) as side"
        f" where quote.currency <> {own})"
    )


def amounts_of(
    moneys: Mapping[Conversion, str], *, pairs: str, condition: str, dialect: Dialect
) -> str:
    """Facts with their converted amounts, a row a decision and fact.

    `pairs` joins `asked` with the versions of facts, as `fact`; `condition` says which count.
    """
    columns = ["asked.place", "asked.instant as asked_instant", "fact.legal_entity"]
    columns += [f"fact.{name}" for name in (*_OF_A_PAIR[1:], *_CARRIED)]
    found = f"select {', '.join(columns)} from {pairs} where {condition}"
    carried = ["asked_instant", "legal_entity", *_CARRIED]
    for conversion, name in moneys.items():
        found = _rated(found, conversion, name, carried=carried, dialect=dialect)
        above, below = quotient(
            conversion, amount="fact.amount_minor", currency="fact.currency", rate="fact.rate",
            dialect=dialect,
        )  # fmt: skip
        divided = f"select fact.*, {above} as above, {below} as below from ({found}) as fact"
        amount = rounded("fact.above", "fact.below", dialect=dialect)
        kept = ", ".join(f"fact.{column}" for column in (*_OF_A_PAIR, *carried))
        found = f"select {kept}, {amount} as {name} from ({divided}) as fact"
        carried.append(name)
    return found


def _rated(
    facts: str, conversion: Conversion, name: str, *, carried: list[str], dialect: Dialect
) -> str:
    """The facts, each with the signed rate of the highest rank that was known."""
    length = conversion.rate_max_age // _MICROSECOND
    conditions = [
        "quote.legal_entity = fact.legal_entity",
        "quote.currency = fact.currency",
        f"quote.bucket = {_bucket('fact.instant', conversion, dialect)}",
        "quote.instant <= fact.instant",
        f"quote.instant >= fact.instant - {length}",
        "quote.recorded <= fact.asked_instant",
        "(quote.corrected is null or quote.corrected > fact.asked_instant)",
    ]
    columns = [f"fact.{column}" for column in _OF_A_PAIR]
    columns += [f"any_value(fact.{column}) as {column}" for column in carried]
    return (
        f"select {', '.join(columns)}, max_by(quote.signed, quote.rank) as rate"
        f" from ({facts}) as fact left join quote_{name} as quote on {' and '.join(conditions)}"
        " group by fact.place, fact.subject, fact.kind"
    )


def _bucket(instant: str, conversion: Conversion, dialect: Dialect) -> str:
    return dialect.floor_divide(instant, str(conversion.rate_max_age // _MICROSECOND))
