"""Every path of the decision service, and the operation behind each of its methods."""

from collections.abc import Mapping

DECISIONS = "/v1/decisions"
ONE_DECISION = "/v1/decisions/{decision_id}"

EXPERIMENTS = "/v1/experiments"
ONE_EXPERIMENT = "/v1/experiments/{name}"
ONE_MEMO = "/v1/experiments/{name}/memo"

ROUTES: Mapping[str, Mapping[str, str]] = {
    DECISIONS: {"POST": "decide"},
    ONE_DECISION: {"GET": "read_decision"},
    EXPERIMENTS: {"GET": "list_experiments"},
    ONE_EXPERIMENT: {"GET": "read_experiment"},
    ONE_MEMO: {"GET": "read_memo"},
    "/v1/power": {"GET": "experiment_power"},
    "/v1/openapi.json": {"GET": "describe"},
    "/healthz": {"GET": "health"},
}


def template_of(path: str) -> str:
    """The path as `ROUTES` knows it: with the name of a thing where its id stands."""
    if path.startswith(f"{DECISIONS}/"):
        return ONE_DECISION
    if path.startswith(f"{EXPERIMENTS}/"):
        named = path.removeprefix(f"{EXPERIMENTS}/")
        return ONE_MEMO if named.endswith("/memo") else ONE_EXPERIMENT
    return path
