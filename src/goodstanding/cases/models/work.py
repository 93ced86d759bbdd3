"""What happens to a case, each a row: who has it, what was found, what was decided."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from goodstanding.cases.models.case import Case
from goodstanding.cases.types import Closed, EscalationKind, How
from goodstanding.core.models import AppendOnly, transaction_index

# A person sees no case about a decision of their own, or of somebody who reports to them; the
# operation says so in words, this says so to everybody else.
NOT_THE_DECIDER = """
if new.{person} is not null and (
    exists (
        select 1
        from cases_case as reviewed
        inner join cases_enforcement as enforcement on reviewed.enforcement_id = enforcement.id
        left join accounts_user as decider on enforcement.decided_by_id = decider.id
        where
            reviewed.id = new.case_id
            and new.{person} in (
                enforcement.decided_by_id, enforcement.manager_id, decider.manager_id
            )
    )
    or exists (
        select 1
        from cases_barred_person as barred
        where barred.case_id = new.case_id and barred.person_id = new.{person}
    )
) then
    raise exception 'this person had a part in the decision under review'
        using errcode = 'check_violation';
end if;
return new;
"""

STATES_ITS_REASONS = """
if new.statement = '' and exists (
    select 1 from cases_case as reviewed
    where reviewed.id = new.case_id and reviewed.kind = 'reinstatement'
) then
    raise exception 'an appeal is decided with a statement of reasons'
        using errcode = 'check_violation';
end if;
return new;
"""


def _before_insert(name: str, func: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, operation=pgtrigger.Insert, when=pgtrigger.Before, func=func
    )


class CaseRecord(AppendOnly):
    """Something that happened to a case at an instant."""

    case: "models.ForeignKey[Case]" = models.ForeignKey("cases.Case", on_delete=models.PROTECT)
    case_id: UUID
    at = models.DateTimeField()
    by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    by_id: UUID | None

    class Meta(AppendOnly.Meta):
        """No table of its own; by is null where the system did it."""

        abstract = True


class Assignment(CaseRecord):
    """The case goes to a person, or back to the queue; the highest number holds."""

    number = models.IntegerField()
    how = models.TextField()
    person: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.PROTECT, related_name="+"
    )
    person_id: UUID | None
    reason = models.TextField(blank=True, default="")

    class Meta(AppendOnly.Meta):
        """Two claims at once want the same number, and one of them is refused."""

        abstract = False
        db_table = "cases_assignment"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "number"], name="one_assignment_a_number"),
            models.CheckConstraint(
                name="assignment_how_known",
                condition=models.Q(how__in=[how.value for how in How]),
            ),
            models.CheckConstraint(
                name="a_release_goes_to_nobody",
                condition=models.Q(how=How.RELEASE.value, person__isnull=True)
                | (~models.Q(how=How.RELEASE.value) & models.Q(person__isnull=False)),
            ),
            models.CheckConstraint(
                name="reassignment_says_why",
                condition=~models.Q(how=How.REASSIGNMENT.value) | ~models.Q(reason=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "at"], name="assignment_by_person"),
            transaction_index("assignment_by_transaction"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _before_insert("not_the_decider", NOT_THE_DECIDER.format(person="person_id")),
        ]


class BarredPerson(CaseRecord):
    """A person who may not take this case, and why."""

    person: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    person_id: UUID
    why = models.TextField()

    class Meta(AppendOnly.Meta):
        """Once a person."""

        abstract = False
        db_table = "cases_barred_person"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "person"], name="barred_once"),
        ]


class RoutingSkip(CaseRecord):
    """Routing passed a person over, and why."""

    person: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    code = models.TextField()
    why = models.TextField()

    class Meta(AppendOnly.Meta):
        """Read with the case."""

        abstract = False
        db_table = "cases_routing_skip"


class Note(CaseRecord):
    """Words that a person left on a case."""

    text = models.TextField()

    class Meta(AppendOnly.Meta):
        """Never empty."""

        abstract = False
        db_table = "cases_note"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="note_says_something", condition=~models.Q(text="")),
        ]


class EvidenceItem(CaseRecord):
    """A piece of evidence: its kind, what it is, and the digest of what it said then."""

    kind = models.TextField()
    title = models.TextField()
    content = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        """Read with the case."""

        abstract = False
        db_table = "cases_evidence_item"


class StepRecord(CaseRecord):
    """A step of the pinned playbook was done, or skipped because."""

    step = models.TextField()
    skipped = models.BooleanField()
    because = models.TextField(blank=True, default="")

    class Meta(AppendOnly.Meta):
        """A skip says why."""

        abstract = False
        db_table = "cases_step_record"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="skipped_because",
                condition=models.Q(skipped=False) | ~models.Q(because=""),
            ),
        ]


class InformationRequest(CaseRecord):
    """A question sent to the business; the clocks that may stand still do."""

    question = models.TextField()

    class Meta(AppendOnly.Meta):
        """The pauses name it by its id."""

        abstract = False
        db_table = "cases_information_request"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="request_asks_something", condition=~models.Q(question="")),
        ]


class InformationAnswer(CaseRecord):
    """The answer came, or the wait ended."""

    request: "models.OneToOneField[InformationRequest]" = models.OneToOneField(
        "cases.InformationRequest", on_delete=models.PROTECT, related_name="answer"
    )
    summary = models.TextField()

    class Meta(AppendOnly.Meta):
        """Once."""

        abstract = False
        db_table = "cases_information_answer"


class Escalation(CaseRecord):
    """A question to a colleague with the skill or the authority; the deadline does not move."""

    kind = models.TextField()
    reason_code = models.TextField()
    question = models.TextField()
    to_person: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    to_person_id: UUID

    class Meta(AppendOnly.Meta):
        """Asks something of somebody else."""

        abstract = False
        db_table = "cases_escalation"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="escalation_kind_known",
                condition=models.Q(kind__in=[kind.value for kind in EscalationKind]),
            ),
            models.CheckConstraint(
                name="escalates_to_somebody_else",
                condition=~models.Q(to_person=models.F("by")),
            ),
        ]


class EscalationAnswer(CaseRecord):
    """What the colleague said, and whether it changes the outcome the asker had in mind."""

    escalation: "models.OneToOneField[Escalation]" = models.OneToOneField(
        "cases.Escalation", on_delete=models.PROTECT, related_name="answer"
    )
    answer = models.TextField()
    changes_outcome = models.BooleanField()

    class Meta(AppendOnly.Meta):
        """Once."""

        abstract = False
        db_table = "cases_escalation_answer"


class CaseDecision(CaseRecord):
    """What a person decided, with reason codes, and whether it overrides the policy's outcome.

    evidence_digest is the SHA-256 over the digests of the evidence the case then held.
    """

    cycle = models.IntegerField()
    outcome = models.TextField()
    reason_codes = ArrayField(models.TextField())
    statement = models.TextField(blank=True, default="")
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    policy_outcome = models.TextField(blank=True, default="")
    overrides_policy = models.BooleanField()
    evidence_digest = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        """Once a cycle, with at least one reason code."""

        abstract = False
        db_table = "cases_case_decision"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "cycle"], name="one_decision_a_cycle"),
            models.CheckConstraint(
                name="case_decision_has_reasons", condition=models.Q(reason_codes__len__gt=0)
            ),
            models.CheckConstraint(
                name="case_decision_has_a_person", condition=models.Q(by__isnull=False)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("case_decision_by_transaction"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _before_insert("not_the_decider", NOT_THE_DECIDER.format(person="by_id")),
            _before_insert("states_its_reasons", STATES_ITS_REASONS),
        ]


class CaseClosure(CaseRecord):
    """The case needs no more work, and why."""

    cycle = models.IntegerField()
    why = models.TextField()
    reason = models.TextField(blank=True, default="")

    class Meta(AppendOnly.Meta):
        """Once a cycle."""

        abstract = False
        db_table = "cases_case_closure"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "cycle"], name="one_closure_a_cycle"),
            models.CheckConstraint(
                name="closure_why_known",
                condition=models.Q(why__in=[why.value for why in Closed]),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("case_closure_by_transaction"),
        ]


class Reopening(CaseRecord):
    """The case needs work again; what its first deadline says is not touched."""

    cycle = models.IntegerField()
    reason = models.TextField()

    class Meta(AppendOnly.Meta):
        """Begins the next cycle, with a reason."""

        abstract = False
        db_table = "cases_reopening"
        indexes: ClassVar[list[models.Index]] = [
            transaction_index("reopening_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "cycle"], name="one_reopening_a_cycle"),
            models.CheckConstraint(name="reopening_says_why", condition=~models.Q(reason="")),
        ]
