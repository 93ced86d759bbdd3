"""The sections `rules`, `score` and `terms` of a policy."""

import re

from goodstanding.policies.engine.definition import (
    BandDeclaration,
    OnMissing,
    RuleDeclaration,
    ScoreDeclaration,
    TableRow,
    TermDeclaration,
)
from goodstanding.policies.engine.document import Scalar, Table
from goodstanding.policies.engine.evaluation import Effect, Outcome
from goodstanding.policies.engine.mistakes import START
from goodstanding.policies.engine.section import Section, unique

_RULE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}", re.ASCII)
NOWHERE = Scalar("", START)


def read_rules(root: Section) -> tuple[RuleDeclaration, ...]:
    """The rules in their order."""
    rules = tuple(map(_rule, root.items("rules", required=True)))
    unique(((rule.id, rule.place) for rule in rules), what="rule", path="rules", log=root.log)
    return rules


def _rule(section: Section) -> RuleDeclaration:
    rule_id = section.text("id", required=True)
    if rule_id and _RULE_ID.fullmatch(rule_id) is None:
        section.fault("id", f"{rule_id!r} is no rule id.", "Use letters, digits, _ . and -: R1.")
    effect = section.choice("effect", Effect) or Effect.REFER
    on_missing, defaults = _on_missing(section)
    rule = RuleDeclaration(
        id=rule_id,
        label=section.text("label", required=True),
        when=section.scalar("when", required=True) or NOWHERE,
        effect=effect,
        reason=section.text("reason", required=effect in {Effect.DECLINE, Effect.REFER}),
        on_missing=on_missing,
        defaults=defaults,
        points=section.integer("points"),
        queue=section.name("queue", required=False),
        cancels=section.texts("cancels", required=effect is Effect.CANCEL),
        approved_by=section.text("approved_by", required=effect is Effect.CANCEL),
        expires_on=section.day("expires_on"),
        path=section.path_of("when"),
        place=section.place,
    )
    _check_cancel(rule, section)
    section.finish()
    return rule


def _check_cancel(rule: RuleDeclaration, section: Section) -> None:
    if rule.effect is Effect.CANCEL:
        if rule.expires_on is None and not section.has("expires_on"):
            section.fault(
                "expires_on",
                "An allow-list that cancels rules must end some day.",
                "Write `expires_on: yyyy-mm-dd`.",
                place=section.place,
            )
        if rule.on_missing in {OnMissing.REFER, OnMissing.DECLINE}:
            section.fault("on_missing", "A cancelling rule has no vote.", "Write ignore.")
    elif rule.cancels:
        section.fault("cancels", "Only an effect of cancel names rules.", "Write `effect: cancel`.")


def _on_missing(section: Section) -> tuple[OnMissing | None, dict[str, Scalar]]:
    """`refer`, `decline`, `ignore`, or `{default: {input: value}}`."""
    node = section.node("on_missing")
    if not isinstance(node, Table):
        is_there = section.has("on_missing")
        found = section.choice("on_missing", OnMissing) if is_there else None
        if found is OnMissing.DEFAULT:
            section.fault(
                "on_missing", "default needs a value.", "Write `{default: {input: value}}`."
            )
        return found, {}
    inner = Section(node, path=section.path_of("on_missing"), log=section.log)
    values = inner.section("default", required=True)
    inner.finish()
    defaults: dict[str, Scalar] = {}
    for name in values.names() if values else ():
        value = values.scalar(name, required=True) if values else None
        if value is not None:
            defaults[name] = value
    return OnMissing.DEFAULT, defaults


def read_score(root: Section) -> ScoreDeclaration | None:
    """What the bands read, and the bands; None where the policy has no score."""
    section = root.section("score")
    if section is None:
        return None
    on_missing = section.choice("on_missing", OnMissing) or OnMissing.REFER
    if on_missing is OnMissing.DEFAULT:
        section.fault("on_missing", "A score has no default.", "Write refer, decline or ignore.")
    bands = tuple(map(_band, section.items("bands", required=True)))
    score = ScoreDeclaration(
        source=section.name("from"),
        bands=bands,
        on_missing=on_missing,
        label=section.text("label", default="score"),
        reasons_from=section.name("reasons_from", required=False),
        path=section.path,
        place=section.place,
    )
    _check_bands(bands, section)
    section.finish()
    return score


def _band(section: Section) -> BandDeclaration:
    outcome = section.choice("outcome", Outcome, default=Outcome.APPROVE)
    below = section.scalar("below")
    band = BandDeclaration(
        name=section.text("name", default=str(outcome)),
        below=below,
        outcome=outcome,
        place=section.place,
    )
    if not section.has("outcome"):
        section.fault("outcome", "A band votes for an outcome.", "Write `outcome: refer`.")
    section.finish()
    return band


def _check_bands(bands: tuple[BandDeclaration, ...], section: Section) -> None:
    if not bands:
        return
    if any(band.below is None for band in bands[:-1]):
        section.fault("bands", "Only the last band has no end.", "Write `below:` for the others.")
    if bands[-1].below is not None:
        section.fault("bands", "The last band must take the rest.", "Leave its `below` out.")
    unique(((band.name, band.place) for band in bands), what="band", path="score", log=section.log)


def read_terms(root: Section) -> tuple[TermDeclaration, ...]:
    """Limits, terms, prices, in their order."""
    return tuple(_term(name, section) for name, section in root.sections("terms"))


def _term(name: str, section: Section) -> TermDeclaration:
    if section.has("value") == section.has("table"):
        section.fault("value", "A term has a value or a table.", "Write one of the two.")
    value = section.scalar("value")
    rows = [TableRow(when=None, value=value, path=section.path_of("value"))] if value else []
    if section.has("table"):
        rows = [_row(item) for item in section.items("table")]
        _check_rows(rows, section)
    on_missing = section.choice("on_missing", OnMissing, default=OnMissing.REFER)
    if on_missing is OnMissing.DEFAULT:
        section.fault("on_missing", "A term has no default.", "Write refer, decline or ignore.")
    given_on = [Outcome(text) for text in section.texts("given_on") if text in set(Outcome)]
    term = TermDeclaration(
        name=name,
        label=section.text("label", default=name.replace("_", " ")),
        rows=tuple(rows),
        currency=section.text("currency"),
        given_on=tuple(given_on) or (Outcome.APPROVE,),
        on_missing=on_missing or OnMissing.REFER,
        path=section.path,
        place=section.place,
    )
    section.finish()
    return term


def _row(section: Section) -> TableRow:
    row = TableRow(
        when=section.scalar("when"),
        value=section.scalar("value", required=True) or NOWHERE,
        path=section.path,
    )
    section.finish()
    return row


def _check_rows(rows: list[TableRow], section: Section) -> None:
    if not rows or rows[-1].when is not None:
        section.fault("table", "The last row must take the rest.", "Leave its `when` out.")
    if any(row.when is None for row in rows[:-1]):
        section.fault("table", "Only the last row has no `when`.", "Rows below it are never read.")
