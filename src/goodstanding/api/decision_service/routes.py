"""Every path of the decision service, and the operation behind each of its methods."""

from collections.abc import Mapping

DECISIONS = "/v1/decisions"
ONE_DECISION = "/v1/decisions/{decision_id}"

ROUTES: Mapping[str, Mapping[str, str]] = {
    DECISIONS: {"POST": "decide"},
    ONE_DECISION: {"GET": "read_decision"},
    "/v1/openapi.json": {"GET": "describe"},
    "/healthz": {"GET": "health"},
}


def template_of(path: str) -> str:
    """The path as `ROUTES` knows it: with the name of a decision where its id stands."""
    return ONE_DECISION if path.startswith(f"{DECISIONS}/") else path
