"""The tables of the ledger: facts that are corrected by further versions, and imports."""

from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q, Value

from goodstanding.core.models import AppendOnly, transaction_index
from goodstanding.ledger.types import EXCHANGE_RATE

# A correction follows the version it corrects: no gap in the numbers, never known before it.
VERSIONS_FOLLOW = """
    perform 1
    from ledger_fact as corrected
    where
        corrected.subject = new.subject
        and corrected.kind = new.kind
        and corrected.legal_entity_id = new.legal_entity_id
        and corrected.version_no = new.version_no - 1
        and corrected.recorded_at <= new.recorded_at;
    if not found then
        raise exception 'version % of % of % does not follow version %',
            new.version_no, new.kind, new.subject, new.version_no - 1
            using errcode = 'check_violation';
    end if;
    return new;
"""


class Fact(AppendOnly):
    """One version of what happened to a subject, from `effective_at` on, recorded at `recorded_at`.

    `kind` and `subject` name the fact within a legal entity; a correction is its next version, a
    retraction a version with `retracted`. Money is in minor units of `currency`.
    """

    kind = models.TextField()
    party: "models.ForeignKey[Any]" = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, null=True, db_index=False
    )
    party_id: UUID | None
    subject = models.TextField()
    version_no = models.IntegerField()
    retracted = models.BooleanField(default=False)
    effective_at = models.DateTimeField()
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)
    attributes: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)
    content_digest = models.CharField(max_length=64)
    source = models.TextField()
    simulated = models.BooleanField(default=False)
    import_run: "models.ForeignKey[ImportRun | None]" = models.ForeignKey(
        "ledger.ImportRun",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_column="import_id",
    )
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT, db_index=False
    )
    legal_entity_id: str

    class Meta(AppendOnly.Meta):
        """Numbered within subject and kind; read by party, by kind and by time."""

        db_table = "ledger_fact"
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="versions_follow",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__version_no__gt=1),
                func=VERSIONS_FOLLOW,
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subject", "kind", "legal_entity", "version_no"],
                name="one_fact_per_version",
            ),
            models.CheckConstraint(condition=Q(version_no__gte=1), name="facts_count_from_one"),
            models.CheckConstraint(
                condition=Q(version_no__gt=1) | Q(retracted=False),
                name="first_version_states_something",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True, currency__isnull=True)
                | Q(amount_minor__isnull=False, currency__isnull=False),
                name="amount_has_currency",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(subject="") & ~Q(source=""), name="fact_says_what"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["party", "kind", "effective_at"],
                name="fact_by_party",
                condition=Q(party__isnull=False),
            ),
            models.Index(fields=["kind", "effective_at"], name="fact_by_kind"),
            # The lookup of features: how far back a source reaches, whether a fact was corrected.
            models.Index(
                fields=["legal_entity", "kind", "effective_at"],
                name="fact_by_source",
                include=["recorded_at"],
            ),
            models.Index(
                fields=["subject", "kind", "legal_entity", "version_no"],
                name="fact_by_correction",
                include=["recorded_at"],
                condition=Q(version_no__gt=1),
            ),
            # The rate of a pair of currencies at the instant at which a fact took effect.
            models.Index(
                "legal_entity",
                Func(F("subject"), Value(" "), Value(1), function="split_part"),
                "effective_at",
                name="rate_by_pair",
                include=["recorded_at"],
                condition=Q(kind=EXCHANGE_RATE),
            ),
            transaction_index("fact_by_transaction"),
        ]


class ImportRun(AppendOnly):
    """A file being imported under a mapping: what, by whom, with which shift of dates.

    Its chunks and its completion are rows of their own. A run without completion was cut off;
    the next import of the same file under the same mapping carries it on.
    """

    mapping = models.TextField()
    mapping_hash = models.CharField(max_length=64)
    file_name = models.TextField()
    file_hash = models.CharField(max_length=64)
    legal_entity: "models.ForeignKey[Any]" = models.ForeignKey(
        "accounts.LegalEntity", on_delete=models.PROTECT
    )
    legal_entity_id: str
    source = models.TextField()
    provenance = models.TextField()
    simulated = models.BooleanField(default=False)
    shift_days = models.IntegerField(default=0)
    chunk_rows = models.IntegerField()
    started_by = models.TextField()
    started_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """Found by file and mapping."""

        db_table = "ledger_import_run"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(chunk_rows__gte=1), name="chunk_has_rows"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["file_hash", "mapping_hash"], name="run_by_file"),
        ]


class ImportChunk(AppendOnly):
    """A chunk of a run, committed whole with the rows that it brought."""

    run: "models.ForeignKey[ImportRun]" = models.ForeignKey(
        "ledger.ImportRun", on_delete=models.PROTECT, db_index=False
    )
    run_id: UUID
    number = models.IntegerField()
    rows_read = models.IntegerField()
    rows_loaded = models.IntegerField()
    rows_known = models.IntegerField()
    rows_quarantined = models.IntegerField()
    parties_new = models.IntegerField()
    parties_amended = models.IntegerField()
    facts_new = models.IntegerField()
    facts_corrected = models.IntegerField()

    class Meta(AppendOnly.Meta):
        """Numbered within the run, each once."""

        db_table = "ledger_import_chunk"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "number"], name="one_chunk_per_number"),
            models.CheckConstraint(
                condition=Q(
                    rows_read=models.F("rows_loaded")
                    + models.F("rows_known")
                    + models.F("rows_quarantined")
                ),
                name="every_row_is_accounted_for",
            ),
        ]


class ImportCompletion(AppendOnly):
    """A run came to its end, with the sums of its chunks."""

    run: "models.OneToOneField[ImportRun]" = models.OneToOneField(
        "ledger.ImportRun", on_delete=models.PROTECT
    )
    run_id: UUID
    counts: "models.JSONField[dict[str, int]]" = models.JSONField()
    finished_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        """One a run."""

        db_table = "ledger_import_completion"


class SourceRow(AppendOnly):
    """A row of a source that was loaded, known by the digest of its mapping and its content."""

    run: "models.ForeignKey[ImportRun]" = models.ForeignKey(
        "ledger.ImportRun", on_delete=models.PROTECT, db_index=False
    )
    run_id: UUID
    line = models.IntegerField()
    digest = models.BinaryField()

    class Meta(AppendOnly.Meta):
        """Loaded once."""

        db_table = "ledger_source_row"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["digest"], name="a_row_loads_once"),
        ]


class QuarantinedRow(AppendOnly):
    """A row that was not loaded: its line, the field that was wrong, why, and the row as it came.

    Columns that the mapping calls personal stand in `raw` as keyed digests.
    """

    run: "models.ForeignKey[ImportRun]" = models.ForeignKey(
        "ledger.ImportRun", on_delete=models.PROTECT
    )
    run_id: UUID
    line = models.IntegerField()
    field = models.TextField()
    code = models.TextField()
    reason = models.TextField()
    raw: "models.JSONField[dict[str, Any]]" = models.JSONField()
    digest = models.BinaryField()

    class Meta(AppendOnly.Meta):
        """Once a run and line; a row is released when a SourceRow of the same digest appears."""

        db_table = "ledger_quarantined_row"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["digest", "line"], name="a_row_is_quarantined_once"),
        ]


class QuarantineSettlement(AppendOnly):
    """A person's word that a row in quarantine waits no longer: mended at its source, or left out.

    A row that loads as it came is released by itself; one that was mended is another row.
    """

    row: "models.OneToOneField[QuarantinedRow]" = models.OneToOneField(
        "ledger.QuarantinedRow", on_delete=models.PROTECT
    )
    row_id: UUID
    settled_by = models.TextField()
    settled_at = models.DateTimeField()
    reason = models.TextField()

    class Meta(AppendOnly.Meta):
        """One a row, and never without a reason."""

        db_table = "ledger_quarantine_settlement"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="a_settlement_says_why", condition=~Q(reason="") & ~Q(settled_by="")
            ),
        ]


__all__ = [
    "Fact",
    "ImportChunk",
    "ImportCompletion",
    "ImportRun",
    "QuarantineSettlement",
    "QuarantinedRow",
    "SourceRow",
]
