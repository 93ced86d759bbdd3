"""Addresses of the team."""

from django.urls import path

from goodstanding.web.pages.team import history, views

urlpatterns = [
    path("team/", views.team, name="team"),
    path("team/history/", history.history, name="work_history"),
    path("team/people/<uuid:person_id>/", views.person, name="team_person"),
    path("team/absences/", views.absence, name="team_absences"),
    path("team/certifications/", views.certification, name="team_certifications"),
    path("team/memberships/", views.membership, name="team_memberships"),
]
