"""The tables of change requests: asked, computed, questioned, signed, returned or withdrawn."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models

from goodstanding.core.models import AppendOnly, transaction_index

SHA256 = r"^[0-9a-f]{64}$"


def _refuses(name: str, *, unless: str) -> pgtrigger.Trigger:
    """Refuse a new row unless the condition over `new` holds; the violation carries the name."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            if ({unless}) is not true then
                raise exception 'refused by {name}'
                    using errcode = 'check_violation', constraint = '{name}';
            end if;
            return new;
        """,
    )


INVOLVED = """
    not exists (
        select 1
        from evidence_change_request as change
        inner join policies_version as version on change.version_id = version.id
        where change.id = new.change_id
        and new.signed_by_id in (version.author_id, change.requested_by_id)
    )
"""


def _another_person(column: str) -> str:
    """The person in the column neither wrote the version nor asked for the change."""
    return INVOLVED.replace("signed_by_id", column)


NOT_ENDED = """
    not exists (select 1 from evidence_change_return as e where e.change_id = new.change_id)
    and not exists (select 1 from evidence_change_withdrawal as e where e.change_id = new.change_id)
"""
NOT_SIGNED = """
    (select count(*) from evidence_sign_off as signed where signed.change_id = new.change_id)
    < (
        select jsonb_array_length(change.sign_off)
        from evidence_change_request as change where change.id = new.change_id
    )
"""
NEXT_STEP = """
    new.step = 1 + (
        select count(*) from evidence_sign_off as signed where signed.change_id = new.change_id
    )
    and new.role = (
        select change.sign_off ->> (new.step - 1)
        from evidence_change_request as change where change.id = new.change_id
    )
"""
NEWEST_EVIDENCE = """
    new.run_id = (
        select run.id
        from evidence_change_run as run
        inner join evidence_change_run_end as run_end on run.id = run_end.run_id
        where run.change_id = new.change_id and run_end.state = 'finished'
        order by run_end.ended_at desc, run.id desc
        limit 1
    )
"""


class ChangeRequest(AppendOnly):
    """Somebody asks that a version replaces the one in force; `sign_off` are roles in order."""

    policy_name = models.TextField()
    version: "models.ForeignKey[Any]" = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+"
    )
    version_id: UUID
    against: "models.ForeignKey[Any]" = models.ForeignKey(
        "policies.PolicyVersion", on_delete=models.PROTECT, related_name="+"
    )
    against_id: UUID
    why = models.TextField()
    dataset = models.TextField()
    window = models.TextField()
    sign_off: "models.JSONField[list[str]]" = models.JSONField()
    is_demonstration = models.BooleanField(default=False)
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    requested_by_id: UUID
    requested_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Says why; of one policy; two versions."""

        db_table = "evidence_change_request"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["policy_name", "-requested_at"], name="changes_of_policy"),
            transaction_index("change_by_transaction"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="change_says_why", condition=~models.Q(why="")),
            models.CheckConstraint(
                name="change_of_two_versions", condition=~models.Q(version=models.F("against"))
            ),
        ]


class ChangeRun(AppendOnly):
    """Somebody asked for the evidence of a change to be computed."""

    change: "models.ForeignKey[ChangeRequest]" = models.ForeignKey(
        "evidence.ChangeRequest", on_delete=models.PROTECT, related_name="runs"
    )
    change_id: UUID
    requested_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Read by change, latest first."""

        db_table = "evidence_change_run"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["change", "-requested_at"], name="runs_of_change"),
        ]


class ChangeProgress(AppendOnly):
    """How far the evidence had come at an instant."""

    run: "models.ForeignKey[ChangeRun]" = models.ForeignKey(
        "evidence.ChangeRun", on_delete=models.PROTECT, related_name="progress"
    )
    rows_done = models.BigIntegerField()
    rows_total = models.BigIntegerField()
    reached_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Never more done than there is."""

        db_table = "evidence_change_progress"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["run", "-reached_at"], name="progress_of_change_run"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="change_progress_within_total",
                condition=models.Q(rows_done__gte=0, rows_done__lte=models.F("rows_total")),
            ),
        ]


class ChangeRunEnd(AppendOnly):
    """How the computation ended; `document` is an `Effect`, with what it was computed on."""

    run: "models.OneToOneField[ChangeRun]" = models.OneToOneField(
        "evidence.ChangeRun", on_delete=models.PROTECT, related_name="end"
    )
    run_id: UUID
    state = models.TextField()
    document: "models.JSONField[Any]" = models.JSONField(null=True)
    data_fingerprint = models.CharField(max_length=64, blank=True, default="")
    code_version = models.TextField(blank=True, default="")
    flips = models.BigIntegerField(default=0)
    flips_digest = models.CharField(max_length=64, blank=True, default="")
    message = models.TextField(blank=True, default="")
    seconds = models.FloatField()
    ended_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """A document, and what it rests on, if and only if it finished."""

        db_table = "evidence_change_run_end"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="change_document_if_finished",
                condition=models.Q(
                    state="finished",
                    document__isnull=False,
                    data_fingerprint__regex=SHA256,
                    flips_digest__regex=SHA256,
                )
                | (models.Q(state="failed", document__isnull=True) & ~models.Q(message="")),
            ),
        ]


class ChangeQuestion(AppendOnly):
    """Somebody asks about a change."""

    change: "models.ForeignKey[ChangeRequest]" = models.ForeignKey(
        "evidence.ChangeRequest", on_delete=models.PROTECT, related_name="questions"
    )
    change_id: UUID
    text = models.TextField()
    asked_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Says something."""

        db_table = "evidence_change_question"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="question_says_something", condition=~models.Q(text="")),
        ]


class ChangeAnswer(AppendOnly):
    """Somebody answers a question about a change; a question may have several answers."""

    question: "models.ForeignKey[ChangeQuestion]" = models.ForeignKey(
        "evidence.ChangeQuestion", on_delete=models.PROTECT, related_name="answers"
    )
    text = models.TextField()
    answered_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Says something."""

        db_table = "evidence_change_answer"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="answer_says_something", condition=~models.Q(text="")),
        ]


class SignOff(AppendOnly):
    """A step of the chain: who signed, in which role, on which evidence, and why."""

    change: "models.ForeignKey[ChangeRequest]" = models.ForeignKey(
        "evidence.ChangeRequest", on_delete=models.PROTECT, related_name="sign_offs"
    )
    change_id: UUID
    step = models.PositiveSmallIntegerField()
    role = models.TextField()
    run: "models.ForeignKey[ChangeRun]" = models.ForeignKey(
        "evidence.ChangeRun", on_delete=models.PROTECT, related_name="+"
    )
    run_id: UUID
    reason = models.TextField()
    signed_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    signed_by_id: UUID
    signed_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """In order, each by another person, none by who wrote or asked; on the newest evidence."""

        db_table = "evidence_sign_off"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _refuses("signer_is_another", unless=_another_person("signed_by_id")),
            _refuses("sign_off_in_order", unless=NEXT_STEP),
            _refuses("sign_off_of_open_change", unless=NOT_ENDED),
            _refuses("sign_off_on_newest_evidence", unless=NEWEST_EVIDENCE),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["change", "step"], name="one_signature_a_step"),
            models.UniqueConstraint(fields=["change", "signed_by"], name="each_signs_once"),
            models.CheckConstraint(name="sign_off_has_reason", condition=~models.Q(reason="")),
        ]


class ChangeReturn(AppendOnly):
    """An approver sent the change back, and why; the request is over."""

    change: "models.OneToOneField[ChangeRequest]" = models.OneToOneField(
        "evidence.ChangeRequest", on_delete=models.PROTECT, related_name="change_return"
    )
    change_id: UUID
    reason = models.TextField()
    returned_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    returned_by_id: UUID
    returned_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once, by another person, of a change that is open."""

        db_table = "evidence_change_return"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _refuses("returner_is_another", unless=_another_person("returned_by_id")),
            _refuses("return_of_open_change", unless=f"{NOT_ENDED} and {NOT_SIGNED}"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="return_of_change_has_reason", condition=~models.Q(reason="")
            ),
        ]


class ChangeWithdrawal(AppendOnly):
    """Who asked, or who wrote the version, takes the request back."""

    change: "models.OneToOneField[ChangeRequest]" = models.OneToOneField(
        "evidence.ChangeRequest", on_delete=models.PROTECT, related_name="withdrawal"
    )
    change_id: UUID
    reason = models.TextField()
    withdrawn_by: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Once, of a change that is open."""

        db_table = "evidence_change_withdrawal"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            _refuses("withdrawal_of_open_change", unless=f"{NOT_ENDED} and {NOT_SIGNED}"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="withdrawal_has_reason", condition=~models.Q(reason="")),
        ]
