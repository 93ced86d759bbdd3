"""A candidate judged on logged decisions, from the table or from a file, without an experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from goodstanding.core.named_sql import named_sql
from goodstanding.evidence.experiments.errors import LoggedNothing
from goodstanding.evidence.experiments.tables import ExperimentArm
from goodstanding.outcomes.definitions import label_named
from goodstanding.policies.engine import Given as GivenInput
from goodstanding.policies.engine import MissingKind, Outcome, Policy
from goodstanding.policies.queries import compiled, version_of
from goodstanding.validation.off_policy import OfflineEvaluation, evaluate_offline

MOST = 200_000
NEEDED = ("approved", "propensity", "outcome", "candidate_approves", "champion_approves")
OPTIONAL = ("model", "matured", "group")


@dataclass(frozen=True, slots=True)
class LoggedEvaluation:
    """A candidate on logged decisions; `skipped` hold personal inputs that only digests show."""

    evaluation: OfflineEvaluation
    policy: str
    label: str
    skipped: int


@dataclass(frozen=True, slots=True)
class _SharedArm:
    """A version that decided for a share of the units, a fraction."""

    text_hash: str
    share: float


def evaluate_file(path: Path) -> OfflineEvaluation:
    """Judge a candidate on a Parquet or CSV table of logged cases, a row a case.

    Columns: approved, propensity, outcome (null where unknown), candidate_approves,
    champion_approves; and where there are any, model, matured, group. Raises LoggedNothing, and
    what `validation.off_policy.evaluate_offline` raises.
    """
    if not path.exists():
        raise LoggedNothing(policy=path.name, why="there is no such file")
    table = _read(path)
    absent = [name for name in NEEDED if name not in table.columns]
    if absent or not table.height:
        why = f"the column {absent[0]} is missing" if absent else "it has no rows"
        raise LoggedNothing(policy=path.name, why=why)
    columns: dict[str, Any] = {
        name: table[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
        for name in (*NEEDED, *OPTIONAL)
        if name in table.columns and name != "group"
    }
    if "group" in table.columns:
        columns["group"] = table["group"].cast(pl.String).to_numpy()
    return evaluate_offline(**columns)


def _read(path: Path) -> pl.DataFrame:
    """The table; a column of CSV has the type that all of its values have."""
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        why = f"it cannot be read ({str(error).splitlines()[0]})"
        raise LoggedNothing(policy=path.name, why=why) from error


def evaluate_logged(
    *, text_hash: str, label: str, since: datetime, until: datetime, known_at: datetime
) -> LoggedEvaluation:
    """Judge a published version on the live decisions of its policy in a window.

    The chance of approval outside of experiments is 1 where the policy approved, else 0; within
    one it is the share of the arms whose versions approve the case, and the explored chance below
    the cut. Cases count once the label's horizon has passed.
    Raises VersionUnknown, UnknownLabel, LoggedNothing.
    """
    version, definition = version_of(text_hash=text_hash), label_named(label)
    rows = named_sql("evidence", "logged_decisions").rows(
        {
            "policy": version.name,
            "since": since,
            "until": until,
            "known_at": known_at,
            "label": definition.name,
            "version": definition.version,
            "horizon_months": definition.horizon_months,
            "lag_days": definition.reporting_lag_days,
            "most": MOST,
        }
    )
    candidate, trials = compiled(text_hash), _trials(version.name)
    cases = [case for row in rows if (case := _case(row, candidate, trials)) is not None]
    if not cases:
        why = f"{len(rows)} were found, none could be evaluated" if rows else "there is none"
        raise LoggedNothing(policy=version.name, why=why)
    return LoggedEvaluation(
        evaluation=evaluate_offline(**_columns(cases)),
        policy=version.name,
        label=label,
        skipped=len(rows) - len(cases),
    )


def evaluation_document(found: OfflineEvaluation) -> dict[str, Any]:
    """An evaluation as plain values, for `--json`."""
    refusal = None if found.refusal is None else found.refusal.as_problem()
    return {
        "n": found.n,
        "approved_by_candidate": found.approved_by_candidate,
        "immature": found.immature,
        "indeterminate": found.indeterminate,
        "overlap": asdict(found.overlap),
        "estimates": [asdict(each) for each in found.estimates],
        "bounds": found.bounds,
        "explored": asdict(found.explored),
        "quadrants": [
            {
                "quadrant": each.quadrant.value,
                "n": each.n,
                "by_class": {name.value: count for name, count in each.by_class.items()},
                "weak_share": each.weak_share,
            }
            for each in found.quadrants
        ],
        "weak_share": found.weak_share,
        "refusal": refusal,
    }


def _trials(policy: str) -> Mapping[str, Sequence[_SharedArm]]:
    """The arms of each experiment on a policy, the control first, by the name in records."""
    found: dict[str, list[_SharedArm]] = {}
    arms = ExperimentArm.objects.filter(experiment__policy_name=policy)
    for arm in arms.select_related("experiment", "version").order_by("experiment_id", "position"):
        shared = _SharedArm(arm.version.text_hash, arm.share_basis_points / 10_000)
        found.setdefault(arm.experiment.name, []).append(shared)
    return found


def _case(
    row: Mapping[str, Any], candidate: Policy, trials: Mapping[str, Sequence[_SharedArm]]
) -> dict[str, Any] | None:
    record: Mapping[str, Any] = msgspec.json.decode(row["record"])
    inputs = _inputs(record)
    if inputs is None:
        return None
    own: str = record["policy"]["text_hash"]
    answers = {own: record["policy_outcome"] == Outcome.APPROVE.value}
    arms = trials.get(record["arm"]["salt"], [_SharedArm(own, 1.0)])
    for arm in arms:
        if arm.text_hash not in answers:
            answers[arm.text_hash] = _approves(compiled(arm.text_hash), inputs, row["as_of"])
    explored: Mapping[str, Any] = record.get("exploration") or {}
    chance = sum(arm.share for arm in arms if answers[arm.text_hash])
    return {
        "approved": row["outcome"] == Outcome.APPROVE.value,
        "propensity": min(1.0, chance + float(explored.get("chance", 0))),
        "outcome": np.nan if row["is_bad"] is None else float(row["is_bad"]),
        "candidate_approves": _approves(candidate, inputs, row["as_of"]),
        "champion_approves": answers[arms[0].text_hash],
        "matured": row["is_matured"],
        "group": record["arm"]["unit"],
    }


def _inputs(record: Mapping[str, Any]) -> dict[str, GivenInput] | None:
    """What was given, by name; None where the record holds only the digest of a value."""
    given: dict[str, GivenInput] = {}
    for name, entry in record["inputs"].items():
        if isinstance(entry["value"], dict):
            return None
        missing = entry.get("missing")
        if missing != MissingKind.ABSENT.value:
            given[name] = GivenInput(
                value=entry["value"],
                missing=None if missing is None else MissingKind(missing),
                source=entry.get("source", ""),
            )
    return given


def _approves(version: Policy, inputs: Mapping[str, GivenInput], as_of: datetime) -> bool:
    known = {item.name for item in version.definition.inputs}
    asked = {name: value for name, value in inputs.items() if name in known}
    return version.evaluate(asked, as_of=as_of).outcome is Outcome.APPROVE


def _columns(cases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    columns: dict[str, Any] = {
        name: np.array([case[name] for case in cases], dtype=float)
        for name in cases[0]
        if name != "group"
    }
    return columns | {"group": np.array([case["group"] for case in cases])}
