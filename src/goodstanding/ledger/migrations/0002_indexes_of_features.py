from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The indexes that every feature's lookup reads; made while the ledger goes on being written."""

    atomic = False
    dependencies = [('ledger', '0001_initial')]

    operations = [
        AddIndexConcurrently(
            model_name='fact',
            index=models.Index(fields=['legal_entity', 'kind', 'effective_at'], include=['recorded_at'], name='fact_by_source'),
        ),
        AddIndexConcurrently(
            model_name='fact',
            index=models.Index(condition=models.Q(('version_no__gt', 1)), fields=['subject', 'kind', 'legal_entity', 'version_no'], include=['recorded_at'], name='fact_by_correction'),
        ),
    ]
