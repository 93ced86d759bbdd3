"""How decisions are said on a screen."""

from goodstanding.web.types import Signal

OUTCOMES = {
    "approve": Signal("good", "Approve"),
    "refer": Signal("watch", "Refer"),
    "decline": Signal("act", "Decline"),
}
GATES = {
    "current": Signal("good", "In force"),
    "expired": Signal("act", "Lapsed"),
    "not_approved": Signal("act", "Not approved"),
    "suspended": Signal("act", "Suspended"),
    "monitoring_stale": Signal("watch", "Monitoring stale"),
    "outside_conditions": Signal("watch", "Outside conditions"),
    "unknown": Signal("act", "Gate not read"),
}
ORIGINS = {"live": "Live", "imported_history": "Imported history"}
DESKS = {"credit": "Credit", "sellers": "Sellers", "second_line": "Second line"}
SIMULATED = {
    "credit": (
        "Simulated policy. Every loan of the sample was approved by its lender: an outcome here"
        " is a re-decision by a policy made up for this demonstration."
    ),
    "sellers": (
        "Simulated policy. Orders and reviews are real; identities, bank changes, enforcements,"
        " appeals and returns are invented, and no decision here was made about a real seller."
    ),
}

VERDICTS = {
    "same": Signal("good", "Identical, bit for bit"),
    "differs": Signal("act", "Differs"),
    "inputs_erased": Signal("watch", "Inputs erased"),
    "policy_missing": Signal("act", "Policy text missing"),
}
REGIMES = {
    "us_reg_b": "US Regulation B",
    "eu_gdpr": "EU GDPR",
    "uk_gdpr": "UK GDPR",
    "eu_p2b": "EU P2B",
    "uk_p2b": "UK P2B",
    "eu_dsa": "EU DSA",
    "us_inform": "US INFORM",
}
LANGUAGES = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "it": "Italiano",
    "nl": "Nederlands", "pl": "Polski", "pt": "Português",
}  # fmt: skip


def outcome_signal(outcome: str) -> Signal:
    """The outcome with its level and word."""
    return OUTCOMES[outcome]


def gate_signal(state: str) -> Signal:
    """The state of the gate with its level and word."""
    return GATES[state]


def duration_words(duration_us: int | None) -> str:
    """How long the service took, as a person says it."""
    if duration_us is None:
        return ""
    return f"{duration_us / 1000:.1f} ms"


def verdict_signal(verdict: str) -> Signal:
    """What a replay found, with its level and word."""
    return VERDICTS[verdict]
