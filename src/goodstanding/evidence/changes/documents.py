"""A change request as JSON: exactly what is shown, its evidence exactly as it was computed."""

import json
from datetime import datetime
from typing import Any

from goodstanding.evidence.changes.types import ChangeSummary, ChangeView


def change_document(view: ChangeView) -> dict[str, Any]:
    """The request as it is shown, its evidence as it was computed."""
    return summary_document(view.summary) | {
        "evidence": json.loads(view.effect.to_json()) if view.effect else None,
        "questions": [
            {
                "question_id": str(each.question_id),
                "text": each.text,
                "by": each.by,
                "at": each.at.isoformat(),
                "answers": [
                    {"text": found.text, "by": found.by, "at": found.at.isoformat()}
                    for found in each.answers
                ],
            }
            for each in view.questions
        ],
        "sign_offs": [
            {"step": step.step, "role": step.role.value, "by": step.by, "at": _when(step.at)}
            for step in view.steps
        ],
    }


def summary_document(row: ChangeSummary) -> dict[str, Any]:
    """The request itself, without its evidence."""
    return {
        "change_id": str(row.change_id),
        "policy": row.policy,
        "version": row.label,
        "text_hash": row.text_hash,
        "against": row.against_label,
        "against_hash": row.against_hash,
        "why": row.why,
        "history": f"{row.dataset}:{row.window}",
        "state": row.state.value,
        "author": row.author,
        "requested_by": row.requested_by,
        "requested_at": row.requested_at.isoformat(),
        "evidence_at": _when(row.evidence_at),
        "sign_off": list(row.sign_off),
        "signed": row.signed,
        "next_role": row.next_role.value if row.next_role else None,
    }


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
