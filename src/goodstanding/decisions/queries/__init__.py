"""Read decisions."""

from goodstanding.decisions.answer import StoredDecision, answer_of, stored_from, whole_of
from goodstanding.decisions.queries.comparing import (
    ChangedLine,
    Comparison,
    ReplayResult,
    compared,
    replay_result,
)
from goodstanding.decisions.queries.counting import (
    RuleTruths,
    are_many_decisions,
    decisions_by_policy,
    outcomes_of_version,
    rule_truths,
)
from goodstanding.decisions.queries.detail import (
    CutOff,
    DecisionDetail,
    LaterRow,
    decision_detail,
)
from goodstanding.decisions.queries.listing import (
    DecisionFilter,
    DecisionList,
    ListedDecision,
    decisions_matching,
    facet_counts,
)
from goodstanding.decisions.queries.replays import ReplayRun, replay_run, replay_runs
from goodstanding.decisions.queries.shadow import (
    RuleChange,
    ShadowComparison,
    ShadowFilter,
    ShadowOfDecision,
    shadow_comparison,
    shadow_decisions,
    shadows_of,
    stints_of,
)
from goodstanding.decisions.queries.share import (
    ArmOfShare,
    SharePreview,
    arms_of_share,
    share_preview,
    units_by_bucket,
)
from goodstanding.decisions.queries.stored import stored_decision
from goodstanding.decisions.queries.wording import WordedReason, Wording
from goodstanding.decisions.subjects import canonical_entity, is_natural_person
from goodstanding.decisions.trials import running_trials, spent_of

__all__ = [
    "ArmOfShare",
    "ChangedLine",
    "Comparison",
    "CutOff",
    "DecisionDetail",
    "DecisionFilter",
    "DecisionList",
    "LaterRow",
    "ListedDecision",
    "ReplayResult",
    "ReplayRun",
    "RuleChange",
    "RuleTruths",
    "ShadowComparison",
    "ShadowFilter",
    "ShadowOfDecision",
    "SharePreview",
    "StoredDecision",
    "WordedReason",
    "Wording",
    "answer_of",
    "are_many_decisions",
    "arms_of_share",
    "canonical_entity",
    "compared",
    "decision_detail",
    "decisions_by_policy",
    "decisions_matching",
    "facet_counts",
    "is_natural_person",
    "outcomes_of_version",
    "replay_result",
    "replay_run",
    "replay_runs",
    "rule_truths",
    "running_trials",
    "shadow_comparison",
    "shadow_decisions",
    "shadows_of",
    "share_preview",
    "spent_of",
    "stints_of",
    "stored_decision",
    "stored_from",
    "units_by_bucket",
    "whole_of",
]
