from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index by which a feature that converts finds rates; it holds facts of that kind only."""

    atomic = False
    dependencies = [('ledger', '0002_indexes_of_features')]

    operations = [
        AddIndexConcurrently(
            model_name='fact',
            index=models.Index(models.F('legal_entity'), models.Func(models.F('subject'), models.Value(' '), models.Value(1), function='split_part'), models.F('effective_at'), condition=models.Q(('kind', 'exchange_rate')), include=('recorded_at',), name='rate_by_pair'),
        ),
    ]
