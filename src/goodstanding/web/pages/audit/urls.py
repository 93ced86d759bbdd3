"""Addresses of the audit trail."""

from django.urls import path

from goodstanding.web.pages.audit import views

urlpatterns = [path("audit-trail/", views.trail, name="audit_trail")]
