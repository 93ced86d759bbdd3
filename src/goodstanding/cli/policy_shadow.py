"""`goodstanding policy shadow`: put a version in shadow, see what it said, let it catch up."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodstanding.cli.django_start import start_django
from goodstanding.cli.people import person_with_right
from goodstanding.cli.policy_files import AsJson, print_json
from goodstanding.core.errors import Refusal

if TYPE_CHECKING:
    from goodstanding.decisions.queries import ShadowComparison

VERB = "policies.activate_version"
SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


class SpanUnreadable(Refusal):
    """{text!r} is no span of hours or days."""

    code = "span_unreadable"
    mend = "Write it as 12h or 7d."


def shadow(
    name: Annotated[str, typer.Argument(help="A published policy, by its name.")],
    version: Annotated[
        str | None, typer.Option(help="Label of the version; the newest in shadow if left out.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Put the version with this label in shadow.")
    ] = None,
    catch_up: Annotated[
        str | None, typer.Option(help="Meet live decisions of so long before too: 12h, 7d.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the step.")] = "",
    by: Annotated[str, typer.Option(help="Who does it, by the address they sign in with.")] = "",
    as_json: AsJson = False,
) -> None:
    """What a version in shadow would have said of live decisions, beside what was said."""
    start_django()
    if start is not None:
        _start(name, start, reason=reason, by=by)
        version = start
    if catch_up is not None:
        _catch_up(name, catch_up, by=by)
    found = _comparison(name, version)
    if as_json:
        print_json(_as_json(found))
    else:
        typer.echo("\n".join(_lines(found)))


def _start(name: str, label: str, *, reason: str, by: str) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.policies.operations import shadow_version
    from goodstanding.policies.queries import version_labelled

    person = person_with_right(by, verb=VERB)
    text_hash = version_labelled(name=name, label=label).text_hash
    shadow_version(text_hash=text_hash, reason=reason, by=person, at=utc_now())
    typer.echo(f"version {label} of {name} is in shadow; it decides nothing", err=True)


def _catch_up(name: str, text: str, *, by: str) -> None:
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.operations import catch_up_shadow

    read = re.fullmatch(r"(\d{1,4})([hd])", text)
    if read is None:
        raise SpanUnreadable(field="catch_up", text=text)
    person = person_with_right(by, verb=VERB)
    now = utc_now()
    since = now - int(read[1]) * SPANS[read[2]]
    met = max(catch_up_shadow(name=name, since=since, by=person.email, at=now), default=0)
    typer.echo(f"caught up with {met:,} decisions since {since:%Y-%m-%d %H:%M} UTC", err=True)


def _comparison(name: str, label: str | None) -> "ShadowComparison":
    from goodstanding.core.time import utc_now
    from goodstanding.decisions.errors import NothingInShadow
    from goodstanding.decisions.queries import shadow_comparison, stints_of
    from goodstanding.policies.queries import require_policy

    require_policy(name=name)
    stint = next((each for each in stints_of(name=name) if label in {None, each.label}), None)
    if stint is None:
        raise NothingInShadow(name=name)
    return shadow_comparison(stint=stint, known_at=utc_now())


def _as_json(found: "ShadowComparison") -> dict[str, Any]:
    from goodstanding.validation.intervals import jeffreys_interval

    interval = jeffreys_interval(events=found.differing, n=found.evaluated)
    return {
        "policy": found.stint.name,
        "version": found.stint.label,
        "text_hash": found.stint.text_hash,
        "since": found.stint.since.isoformat(),
        "until": found.stint.until.isoformat() if found.stint.until else None,
        "evaluated": found.evaluated,
        "differing": found.differing,
        "rate": {"value": interval.value, "low": interval.low, "high": interval.high},
        "refused": found.refused,
        "inputs_erased": found.erased,
        "waiting": found.waiting,
        "followed_at": found.followed_at.isoformat() if found.followed_at else None,
        "moves": [
            {"was": was, "in_shadow": now, "decisions": count}
            for (was, now), count in sorted(found.moves.items())
        ],
        "parts": dict(found.parts),
        "rules": [
            {"rule": each.rule_id, "was": each.was, "now": each.now, "decisions": each.decisions}
            for each in found.rules
        ],
        "latency_us": None
        if found.latency is None
        else {
            "median": found.latency.median_us,
            "p95": found.latency.p95_us,
            "p99": found.latency.p99_us,
        },
    }


def _lines(found: "ShadowComparison") -> list[str]:
    from goodstanding.validation.intervals import jeffreys_interval

    stint = found.stint
    ended = f" until {stint.until:%Y-%m-%d %H:%M}" if stint.until else ""
    interval = jeffreys_interval(events=found.differing, n=found.evaluated)
    rate = ""
    if interval.value is not None and interval.low is not None and interval.high is not None:
        rate = f" ({interval.value:.1%}, 95 % interval {interval.low:.1%} to {interval.high:.1%})"
    version = f"version {stint.label} of {stint.name} since {stint.since:%Y-%m-%d %H:%M} UTC{ended}"
    unanswered = f"{found.refused:,} would be refused, {found.erased:,} with inputs erased"
    lines = [
        f"shadow of {version}: {found.differing:,} of {found.evaluated:,} differ{rate}",
        f"  {unanswered}, {found.waiting:,} waiting",
    ]
    lines += [f"  {was} -> {now}: {count:,}" for (was, now), count in sorted(found.moves.items())]
    lines += [
        f"  rule {each.rule_id} {each.was} -> {each.now}: {each.decisions:,}"
        for each in found.rules
    ]
    return lines
