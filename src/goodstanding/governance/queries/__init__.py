"""What other rooms read of governance."""

from goodstanding.governance.queries.approvals import (
    approval_at,
    approval_checks,
    approvals_at,
    exceptions_at,
    request_at,
    requests_at,
)
from goodstanding.governance.queries.dossier import (
    Content,
    FindingContent,
    changes_of,
    content_of,
    finding_content,
    observations_of,
    runs_of,
    scopes_of,
    steps_of,
    thread_at,
    threads_of,
    tiers_of,
    use_case_at,
    use_case_history,
    use_cases_at,
)
from goodstanding.governance.queries.findings import (
    finding_at,
    findings_at,
    open_findings_of,
)
from goodstanding.governance.queries.gate import (
    gate_snapshot_from,
    gate_version,
    read_gate_snapshot,
)
from goodstanding.governance.queries.inventory import (
    inventory_at,
    pinned_models,
    policies_using,
    version_at,
    version_by_hash,
    version_named,
)
from goodstanding.governance.queries.results import results_of_run

__all__ = [
    "Content",
    "FindingContent",
    "approval_at",
    "approval_checks",
    "approvals_at",
    "changes_of",
    "content_of",
    "exceptions_at",
    "finding_at",
    "finding_content",
    "findings_at",
    "gate_snapshot_from",
    "gate_version",
    "inventory_at",
    "observations_of",
    "open_findings_of",
    "pinned_models",
    "policies_using",
    "read_gate_snapshot",
    "request_at",
    "requests_at",
    "results_of_run",
    "runs_of",
    "scopes_of",
    "steps_of",
    "thread_at",
    "threads_of",
    "tiers_of",
    "use_case_at",
    "use_case_history",
    "use_cases_at",
    "version_at",
    "version_by_hash",
    "version_named",
]
