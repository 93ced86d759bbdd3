"""Addresses of businesses, their facts, what connects them, and imports."""

from django.urls import path

from goodstanding.web.pages.businesses import connected, erasing, imports, settling, views

urlpatterns = [
    path("businesses/", views.businesses, name="businesses"),
    path("businesses/connected/", connected.connected_exposure, name="connected_exposure"),
    path("businesses/<uuid:party_id>/", views.business, name="business"),
    path("businesses/<uuid:party_id>/facts/", views.facts, name="business_facts"),
    path("businesses/<uuid:party_id>/facts/<uuid:fact_id>/", views.fact, name="business_fact"),
    path(
        "businesses/<uuid:party_id>/personal-values/",
        views.personal_values,
        name="business_personal_values",
    ),
    path("businesses/<uuid:party_id>/erasure/", erasing.erasure, name="business_erasure"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:run_id>/settlement/", settling.settlement, name="import_settlement"),
    path("imports/<uuid:run_id>/", imports.one_import, name="import"),
]
