"""Verbs that write."""

from goodstanding.policies.operations.drafts import (
    begin_draft,
    begin_policy,
    end_draft,
    restore_draft,
    save_draft,
)
from goodstanding.policies.operations.lists import (
    add_list_version,
    approve_list_version,
    withdraw_list_version,
)
from goodstanding.policies.operations.versions import (
    activate_version,
    approve_in_emergency,
    approve_version,
    pinned_by,
    propose_version,
    publish_version,
    retire_version,
    review_emergency,
    roll_back_version,
    shadow_version,
    share_version,
)

__all__ = [
    "activate_version",
    "add_list_version",
    "approve_in_emergency",
    "approve_list_version",
    "approve_version",
    "begin_draft",
    "begin_policy",
    "end_draft",
    "pinned_by",
    "propose_version",
    "publish_version",
    "restore_draft",
    "retire_version",
    "review_emergency",
    "roll_back_version",
    "save_draft",
    "shadow_version",
    "share_version",
    "withdraw_list_version",
]
