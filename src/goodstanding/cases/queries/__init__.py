"""Read cases as they stood at an instant.

case_rows(at=, filters=CaseFilters()) -> list[CaseRow], least business time left first
case_row(case_id=, at=) -> CaseRow · case_page(case_id=, at=) -> CasePage
cases_of_party(party_id=, at=) · case_of_decision(decision_id=, at=) -> CaseRow | None
    case_id_of_number(number=) -> UUID
newest_change() -> str, another one after each change
queues() -> list[QueueView] · playbook_named(name=) -> Playbook
team_today(at=, desk=None) -> TeamToday · load_of(person_id=, at=) -> Load
enforcement_at(enforcement_id=, at=) · enforcements_of(party_id=, at=)
enforcements_of_parties(party_ids=, at=) · case_of_appeal(appeal_id=)
fit_for(case_id=, person_id=, at=) -> Skip | None
reassignment_by(by=, at=) -> its id | None · reassignment_of(assignment_id=) -> Reassignment
"""

from goodstanding.cases.queries.enforcements import (
    case_of_appeal,
    enforcement_at,
    enforcements_of,
    enforcements_of_parties,
)
from goodstanding.cases.queries.lists import (
    CaseFilters,
    case_id_of_number,
    case_of_decision,
    case_row,
    case_rows,
    cases_of_party,
    newest_change,
    playbook_named,
    queues,
)
from goodstanding.cases.queries.pages import case_page, fit_for
from goodstanding.cases.queries.teams import load_of, team_today
from goodstanding.cases.reassignments import reassignment_by, reassignment_of

__all__ = [
    "CaseFilters",
    "case_id_of_number",
    "case_of_appeal",
    "case_of_decision",
    "case_page",
    "case_row",
    "case_rows",
    "cases_of_party",
    "enforcement_at",
    "enforcements_of",
    "enforcements_of_parties",
    "fit_for",
    "load_of",
    "newest_change",
    "playbook_named",
    "queues",
    "reassignment_by",
    "reassignment_of",
    "team_today",
]
