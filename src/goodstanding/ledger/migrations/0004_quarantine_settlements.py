import django.db.models.deletion
import django.db.models.functions.datetime
import goodstanding.core.ids
import goodstanding.core.models
import pgtrigger.compiler
from django.db import migrations, models


class Migration(migrations.Migration):
    """A person may say that a row in quarantine waits no longer."""

    dependencies = [
        ('ledger', '0003_index_of_rates'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuarantineSettlement',
            fields=[
                ('id', models.UUIDField(default=goodstanding.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('xid', goodstanding.core.models.TransactionIdField(db_default=goodstanding.core.models.CurrentTransaction(), editable=False)),
                ('settled_by', models.TextField()),
                ('settled_at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('row', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='ledger.quarantinedrow')),
            ],
            options={
                'db_table': 'ledger_quarantine_settlement',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('settled_by', ''), _negated=True)), name='a_settlement_says_why')],
                'triggers': [pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c2228e4a7f524cbcc08b2943bf544c24be6702d7', operation='UPDATE OR DELETE', pgid='pgtrigger_never_changed_3a678', table='ledger_quarantine_settlement', when='BEFORE')), pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="raise exception 'rows of % are never removed', tg_table_name;", hash='2fda0f0475fb13dfa5dc5e584ebcf687b4c8e7c6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_7a9d3', table='ledger_quarantine_settlement', when='BEFORE'))],
            },
        ),
    ]
