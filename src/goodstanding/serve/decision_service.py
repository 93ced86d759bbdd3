"""The decision service's application."""

import base64

from django.conf import settings

from goodstanding.api.decision_service.application import DecisionService
from goodstanding.core.environment import variable
from goodstanding.core.time import utc_now

application = DecisionService(
    database_url=variable("GOODSTANDING_DATABASE_URL"),
    digest_key=base64.b64decode(settings.GOODSTANDING_DIGEST_KEY),
    clock=utc_now,
    per_second=float(variable("GOODSTANDING_DECISIONS_PER_SECOND", "1000")),
)
