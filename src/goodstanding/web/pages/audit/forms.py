"""The filter of the audit trail."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms


class TrailFilter(forms.Form):
    """Whose lines, about what, and when; days are UTC and whole."""

    actor = forms.CharField(label="Actor", required=False)
    action = forms.CharField(label="Action", required=False)
    object_kind = forms.CharField(label="Object", required=False)
    object_id = forms.CharField(label="Object's id", required=False)
    since = forms.DateField(
        label="From",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label="To",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def wanted(self) -> dict[str, Any]:
        """The arguments of `audit_entries`; `until` is the end of its day."""
        chosen = self.cleaned_data
        until = chosen["until"] + timedelta(days=1) if chosen["until"] else None
        return {
            "actor": chosen["actor"].strip(),
            "action": chosen["action"].strip().lower().replace(" ", "_"),
            "object_kind": chosen["object_kind"].strip().lower().replace(" ", "_"),
            "object_id": chosen["object_id"].strip(),
            "since": _midnight(chosen["since"]),
            "until": _midnight(until),
        }


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
