"""Addresses of cases: nouns."""

from django.urls import path

from goodstanding.web.pages.cases import acts, confirmations, reinstatement, taking_back, views

urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/live/", views.live_cases, name="live_cases"),
    path("cases/next/", views.next_case, name="next_case"),
    path("cases/reassignment/", confirmations.reassignment, name="case_reassignment"),
    path(
        "cases/reassignment/<uuid:assignment_id>/taken-back/",
        taking_back.taken_back,
        name="case_reassignment_taken_back",
    ),
    path("cases/<uuid:case_id>/", views.case, name="case"),
    path("cases/<uuid:case_id>/claim/", acts.claim, name="case_claim"),
    path("cases/<uuid:case_id>/release/", acts.release, name="case_release"),
    path("cases/<uuid:case_id>/routing/", acts.routing, name="case_routing"),
    path("cases/<uuid:case_id>/notes/", acts.note, name="case_notes"),
    path("cases/<uuid:case_id>/evidence/", acts.evidence, name="case_evidence"),
    path("cases/<uuid:case_id>/steps/", acts.step, name="case_steps"),
    path("cases/<uuid:case_id>/requests/", acts.question, name="case_requests"),
    path(
        "cases/<uuid:case_id>/requests/<uuid:request_id>/answer/", acts.answer, name="case_answer"
    ),
    path("cases/<uuid:case_id>/escalations/", acts.escalation, name="case_escalations"),
    path(
        "cases/<uuid:case_id>/escalations/<uuid:escalation_id>/answer/",
        acts.escalation_answer,
        name="case_escalation_answer",
    ),
    path("cases/<uuid:case_id>/decision/", acts.decision, name="case_decision"),
    path("cases/<uuid:case_id>/closure/", confirmations.closure, name="case_closure"),
    path("cases/<uuid:case_id>/reopening/", confirmations.reopening, name="case_reopening"),
    path("cases/<uuid:case_id>/reinstatement/", reinstatement.page_of, name="case_reinstatement"),
]
