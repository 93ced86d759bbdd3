"""The address of the answer key."""

from django.urls import path

from goodstanding.web.pages.answer_key import views

urlpatterns = [path("answer-key/", views.answer_key, name="answer_key")]
