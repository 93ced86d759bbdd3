"""Addresses of metrics."""

from django.urls import path

from goodstanding.web.pages.metrics import lake, views

urlpatterns = [
    path("metrics/", views.metrics, name="metrics"),
    path("metrics/lake/", lake.lake, name="lake"),
    path("metrics/<slug:name>/", views.metric, name="metric"),
    path("metrics/<slug:name>/rows/", views.rows, name="metric_rows"),
]
