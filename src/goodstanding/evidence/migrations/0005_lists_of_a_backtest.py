"""Which versions of kept lists a backtest reads; those of before read the pinned ones."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0004_change_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='backtestrun',
            name='lists',
            field=models.TextField(default='pinned'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(('lists__in', ['day', 'pinned'])), name='backtest_lists_known'),
        ),
    ]
