"""Addresses of experiments, below policies."""

from django.urls import path

from goodstanding.web.pages.experiments import planning, steps, views

urlpatterns = [
    path("policies/experiments/", views.experiments, name="experiments"),
    path("policies/experiments/<slug:name>/", views.experiment, name="experiment"),
    path("policies/experiments/<slug:name>/memo/", views.experiment_memo, name="experiment_memo"),
    path(
        "policies/experiments/<slug:name>/registration/",
        steps.registration,
        name="experiment_registration",
    ),
    path("policies/experiments/<slug:name>/start/", steps.start, name="experiment_start"),
    path("policies/experiments/<slug:name>/halt/", steps.halt, name="experiment_halt"),
    path("policies/experiments/<slug:name>/end/", steps.end, name="experiment_end"),
    path("policies/<slug:name>/experiments/", views.policy_experiments, name="policy_experiments"),
    path("policies/<slug:policy>/experiments/new/", planning.new_experiment, name="new_experiment"),
]
