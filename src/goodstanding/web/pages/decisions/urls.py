"""Addresses of decisions."""

from django.urls import path

from goodstanding.web.pages.decisions import notice, verbs, views

urlpatterns = [
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/<uuid:decision_id>/", views.decision, name="decision"),
    path("decisions/<uuid:decision_id>/replays/", verbs.replays, name="decision_replays"),
    path(
        "decisions/<uuid:decision_id>/replays/<uuid:replay_id>/",
        verbs.replay_found,
        name="decision_replay",
    ),
    path(
        "decisions/<uuid:decision_id>/compared/<uuid:other_id>/",
        verbs.comparison,
        name="decision_comparison",
    ),
    path("decisions/<uuid:decision_id>/notice/", notice.notice, name="decision_notice"),
    path(
        "decisions/<uuid:decision_id>/rederivation/",
        verbs.rederivation,
        name="decision_rederivation",
    ),
    path("decisions/<uuid:decision_id>/again/", verbs.again, name="decision_again"),
    path(
        "decisions/<uuid:decision_id>/personal-values/",
        verbs.personal_values,
        name="decision_personal_values",
    ),
]
