"""Verbs that write."""

from goodstanding.decisions.operations.again import decide_again
from goodstanding.decisions.operations.database_thread import DatabaseThread
from goodstanding.decisions.operations.direct import ManyDecided, Refused, decide, decide_many
from goodstanding.decisions.operations.explaining import WhatWouldChange, what_would_change
from goodstanding.decisions.operations.live import LiveDecisions
from goodstanding.decisions.operations.nightly import replay_day, replay_yesterday
from goodstanding.decisions.operations.reading_in_force import (
    in_force_version,
    read_in_force,
    trial_applies,
)
from goodstanding.decisions.operations.rederive import (
    Rederived,
    RederivedFeature,
    rederive_features,
)
from goodstanding.decisions.operations.rejected import keep_rejected_event
from goodstanding.decisions.operations.replay import (
    SampleReplay,
    replay,
    replay_sample,
    reveal_personal_inputs,
)
from goodstanding.decisions.operations.shadow import catch_up_shadow, follow_shadows
from goodstanding.decisions.operations.trials import (
    add_units,
    check_shares,
    end_trial,
    start_trial,
)

__all__ = [
    "DatabaseThread",
    "LiveDecisions",
    "ManyDecided",
    "Rederived",
    "RederivedFeature",
    "Refused",
    "SampleReplay",
    "WhatWouldChange",
    "add_units",
    "catch_up_shadow",
    "check_shares",
    "decide",
    "decide_again",
    "decide_many",
    "end_trial",
    "follow_shadows",
    "in_force_version",
    "keep_rejected_event",
    "read_in_force",
    "rederive_features",
    "replay",
    "replay_day",
    "replay_sample",
    "replay_yesterday",
    "reveal_personal_inputs",
    "start_trial",
    "trial_applies",
    "what_would_change",
]
