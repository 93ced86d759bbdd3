"""The digest that binds an approval to what was approved."""

import hashlib
import json
from typing import Any

from goodstanding.governance.models import ApprovalRequest


def digest(document: Any) -> str:
    """SHA-256 of a document as canonical JSON: sorted keys, no spaces, no NaN."""
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def binding_hash(request: ApprovalRequest) -> str:
    """The digest of what an approval approves: version, run, thresholds, conditions, period."""
    return digest(
        {
            "version": request.version.content_hash,
            "use_case": request.use_case.code,
            "run": request.run.run_hash,
            "results": request.run.result_hash,
            "thresholds": request.run.threshold_set.thresholds_hash,
            "allowed": request.allowed,
            "max_exposure_minor": request.max_exposure_minor,
            "currency": request.currency,
            "monitoring_every_days": request.monitoring_every_days,
            "fallback": request.fallback,
            "valid_from": request.valid_from.isoformat(),
            "expires_at": request.expires_at.isoformat(),
        }
    )
