"""Load the samples: a list of steps, each done once, carried on where it was cut off."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from django.db import transaction

from goodstanding.cases.operations import load_desks
from goodstanding.core.bulk import refresh_statistics
from goodstanding.core.time import utc_now
from goodstanding.ledger.operations import import_file, shift_to_arrive
from goodstanding.ledger.types import ImportReport
from goodstanding.samples.casework import replay_measures, review_bank_changes
from goodstanding.samples.changing import finish_changes
from goodstanding.samples.inventing import invented_for, write_inventions
from goodstanding.samples.looping import (
    LOADER,
    decide_live,
    govern,
    lay_ground,
    learn,
    measure,
    re_decide,
    replay_live,
)
from goodstanding.samples.models import Step
from goodstanding.samples.people import load_people
from goodstanding.samples.registering import decide_registrations
from goodstanding.samples.staff import form_team
from goodstanding.samples.trying import GOVERNED_BEFORE, run_experiments, shadow_candidate

BEGIN = "begin"

SayProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Loading:
    """What every step gets.

    `anchor` is the instant at which loading first began: shifts and inventions are reckoned from
    it, so that a loading cut off one day is carried on the next day alike. `at` is now.
    """

    home: Path
    anchor: datetime
    at: datetime
    say: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SampleStep:
    """A step: its permanent name, what it does in words, and the function that does it.

    The function returns what it did, for the marker. A `whole` step and its marker commit
    together; another must bear being run again after having been cut off in the middle.
    """

    name: str
    title: str
    run: Callable[[Loading], dict[str, Any]]
    whole: bool = False


def load_samples(
    *, home: Path, at: datetime, progress: SayProgress = lambda _title, _done, _total: None
) -> list[str]:
    """Do the steps that are not done yet, in order; returns their names.

    `progress` is told the title of the step, how much of it is done, and how much there is.
    """
    anchor = _anchor(at)
    done = set(Step.objects.values_list("name", flat=True))
    fresh = [step for step in STEPS if step.name not in done]
    for step in fresh:
        progress(step.title, 0, 0)
        loading = Loading(
            home=home, anchor=anchor, at=at, say=lambda now, of, s=step: progress(s.title, now, of)
        )
        with transaction.atomic() if step.whole else nullcontext():
            detail = step.run(loading)
            Step.objects.create(name=step.name, done_at=at, detail=detail)
    if fresh:
        refresh_statistics()
    return [step.name for step in fresh]


def _anchor(at: datetime) -> datetime:
    with transaction.atomic():
        begun, _made = Step.objects.get_or_create(name=BEGIN, defaults={"done_at": at})
    return begun.done_at


def _people(loading: Loading) -> dict[str, Any]:
    return {"people": load_people(home=loading.home)}


def _credit_history(loading: Loading) -> dict[str, Any]:
    return _import(
        loading, _mapping("credit", "sba_loans"), _data("sba_loans/sba_national_22k_full.csv.gz")
    )


def _seller_roster(loading: Loading) -> dict[str, Any]:
    """The roster has no date of its own; it moves with the orders."""
    return _import(
        loading,
        _mapping("sellers", "olist_sellers"),
        _data("olist/sellers.csv.gz"),
        moves_with=(_mapping("sellers", "olist_orders"), _data("olist/seller_orders.parquet")),
    )


def _seller_orders(loading: Loading) -> dict[str, Any]:
    orders = _mapping("sellers", "olist_orders")
    return _import(loading, orders, _data("olist/seller_orders.parquet"))


def _incidents(loading: Loading) -> dict[str, Any]:
    incidents = _mapping("sellers", "incidents")
    return _import(loading, incidents, _data("servicenow/incidents.parquet"))


def _incident_events(loading: Loading) -> dict[str, Any]:
    """The events move with their incidents."""
    return _import(
        loading,
        _mapping("sellers", "incident_events"),
        _data("servicenow/incident_events.parquet"),
        moves_with=(_mapping("sellers", "incidents"), _data("servicenow/incidents.parquet")),
    )


def _inventions(loading: Loading) -> dict[str, Any]:
    inventions = invented_for(at=loading.anchor)
    return asdict(write_inventions(inventions=inventions, at=loading.at))


def _ground(loading: Loading) -> dict[str, Any]:
    return lay_ground(at=loading.at)


def _governance(loading: Loading) -> dict[str, Any]:
    """A fortnight ago, so that an experiment could run its course since."""
    return govern(at=loading.anchor - GOVERNED_BEFORE, say=loading.say)


def _team(loading: Loading) -> dict[str, Any]:
    """The desks' queues are read again: a home begun by an earlier version lacks the newest."""
    load_desks(at=loading.at)
    return form_team(anchor=loading.anchor)


def _measures(loading: Loading) -> dict[str, Any]:
    return replay_measures(inventions=invented_for(at=loading.anchor), say=loading.say)


def _registrations(loading: Loading) -> dict[str, Any]:
    return decide_registrations(anchor=loading.anchor, at=loading.at, say=loading.say)


def _bank_changes(loading: Loading) -> dict[str, Any]:
    inventions = invented_for(at=loading.anchor)
    return review_bank_changes(inventions=inventions, anchor=loading.anchor, say=loading.say)


def _history(loading: Loading) -> dict[str, Any]:
    return re_decide(at=loading.at, say=loading.say)


def _live(loading: Loading) -> dict[str, Any]:
    return decide_live(at=loading.at, say=loading.say)


def _replays(_: Loading) -> dict[str, Any]:
    """The live decisions were recorded a moment ago, which may have been before midnight."""
    now = utc_now()
    return replay_live(days={(now - timedelta(days=1)).date(), now.date()}, at=now)


def _labels(_: Loading) -> dict[str, Any]:
    """What the steps before wrote is known only now."""
    return learn(at=utc_now())


def _changes(loading: Loading) -> dict[str, Any]:
    return finish_changes(at=loading.at, say=loading.say)


def _experiments(loading: Loading) -> dict[str, Any]:
    return run_experiments(anchor=loading.anchor, at=utc_now(), say=loading.say)


def _shadow(loading: Loading) -> dict[str, Any]:
    return shadow_candidate(since=loading.anchor - timedelta(days=1), at=utc_now())


def _numbers(loading: Loading) -> dict[str, Any]:
    return measure(home=loading.home, at=utc_now())


STEPS: tuple[SampleStep, ...] = (
    SampleStep("people", "People of the demonstration", _people),
    SampleStep("credit_history", "Loans of 1971 to 2006 (real)", _credit_history),
    SampleStep("seller_roster", "Sellers of a marketplace (real)", _seller_roster),
    SampleStep("seller_orders", "Orders, deliveries, reviews (real)", _seller_orders),
    SampleStep("incidents", "IT incidents (real)", _incidents),
    SampleStep("incident_events", "Events of these incidents (real)", _incident_events),
    SampleStep(
        "inventions", "Identities, registrations, answer key (invented)", _inventions, whole=True
    ),
    SampleStep("ground", "Calendars, laws, queues, playbooks", _ground, whole=True),
    SampleStep("governance", "Validation and approvals (demonstration)", _governance, whole=True),
    SampleStep("team", "Who works the queues (invented)", _team, whole=True),
    SampleStep("measures", "Enforcements and appeals (invented)", _measures, whole=True),
    SampleStep(
        "registrations", "Registrations decided (invented, real policy)", _registrations, whole=True
    ),
    SampleStep(
        "bank_changes", "Changed payout accounts reviewed (invented)", _bank_changes, whole=True
    ),
    SampleStep("re_decided", "Loans re-decided (simulated policy)", _history),
    SampleStep("decided_live", "Newest loans through the live path", _live),
    SampleStep("replayed", "Live decisions derived again", _replays, whole=True),
    SampleStep("labels", "What came true", _labels, whole=True),
    SampleStep(
        "changes", "Two change requests with their evidence (demonstration)", _changes, whole=True
    ),
    SampleStep(
        "experiments",
        "An experiment that ended, and one proposed (simulated arms)",
        _experiments,
        whole=True,
    ),
    SampleStep("shadow", "Live decisions met by a version in shadow", _shadow, whole=True),
    SampleStep("numbers", "Lake and metrics", _numbers),
)


def _import(
    loading: Loading,
    mapping: Traversable,
    data: Traversable,
    *,
    moves_with: tuple[Traversable, Traversable] | None = None,
) -> dict[str, Any]:
    """Import a shipped file so that its newest date, or that of another one, arrives today."""
    anchored_mapping, anchored_data = moves_with or (mapping, data)
    with as_file(anchored_mapping) as path, as_file(anchored_data) as file:
        shift_days = shift_to_arrive(mapping_path=path, file=file, at=loading.anchor)
    with as_file(mapping) as path, as_file(data) as file:
        report = import_file(
            mapping_path=path,
            file=file,
            by=LOADER,
            at=loading.at,
            shift_days=shift_days,
            progress=lambda now: loading.say(now.rows_done, now.rows_total),
        )
    return _said(report)


def _said(report: ImportReport) -> dict[str, Any]:
    said = report.as_dict()
    kept: Iterable[str] = ("run_id", "shift_days", "rows_loaded", "rows_quarantined", "facts_new")
    return {name: said[name] for name in kept}


def _mapping(desk: str, name: str) -> Traversable:
    return files(f"goodstanding.{desk}") / "mappings" / f"{name}.yaml"


def _data(path: str) -> Traversable:
    return files("goodstanding.samples").joinpath("data", *path.split("/"))
