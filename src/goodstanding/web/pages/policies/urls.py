"""Addresses of policies."""

from django.urls import path

from goodstanding.web.pages.policies import (
    backtests,
    beginning,
    cut_off,
    drafts,
    editing,
    if_null,
    kept_lists,
    life,
    replays,
    rollback,
    rule_editing,
    rules,
    shadows,
    share,
    small_editing,
    testing,
    texts,
    versions,
    views,
)

urlpatterns = [
    path("policies/", views.policies, name="policies"),
    path("policies/new/", beginning.new_policy, name="new_policy"),
    path("policies/cut-off/", cut_off.any_cut_off, name="cut_off"),
    path("policies/cut-off/flips/", cut_off.any_flips, name="swap_set"),
    path("policies/backtests/", backtests.backtests, name="backtests"),
    path("policies/backtests/<uuid:run_id>/", backtests.backtest, name="backtest"),
    path(
        "policies/backtests/<uuid:run_id>/cancellation/",
        backtests.backtest_cancellation,
        name="backtest_cancellation",
    ),
    path(
        "policies/backtests/<uuid:run_id>/flips/", backtests.backtest_flips, name="backtest_flips"
    ),
    path("policies/lists/", kept_lists.kept_lists, name="kept_lists"),
    path("policies/lists/new/", kept_lists.new_kept_list, name="new_kept_list"),
    path(
        "policies/lists/<slug:name>/<str:version>/",
        kept_lists.kept_list_version,
        name="kept_list_version",
    ),
    path(
        "policies/lists/<slug:name>/<str:version>/approval/",
        kept_lists.kept_list_approval,
        name="kept_list_approval",
    ),
    path(
        "policies/lists/<slug:name>/<str:version>/withdrawal/",
        kept_lists.kept_list_withdrawal,
        name="kept_list_withdrawal",
    ),
    path("policies/replays/<uuid:replay_run_id>/", replays.replay_run, name="replay_run"),
    path("policies/<slug:name>/", rules.policy, name="policy"),
    path("policies/<slug:name>/backtests/", backtests.policy_backtests, name="policy_backtests"),
    path("policies/<slug:name>/backtests/new/", backtests.new_backtest, name="new_backtest"),
    path("policies/<slug:name>/inputs/", rules.policy_inputs, name="policy_inputs"),
    path("policies/<slug:name>/drafts/", editing.drafts, name="drafts"),
    path("policies/<slug:name>/drafts/<uuid:draft_id>/", editing.draft, name="draft"),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/steps/", editing.draft_step, name="draft_step"
    ),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/text/", editing.draft_text, name="draft_text"
    ),
    path("policies/<slug:name>/drafts/<uuid:draft_id>/end/", editing.draft_end, name="draft_end"),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/values/",
        small_editing.draft_values,
        name="draft_values",
    ),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/rules/new/",
        rule_editing.draft_rule,
        name="draft_new_rule",
    ),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/rules/of/<str:rule_id>/",
        rule_editing.draft_rule,
        name="draft_rule",
    ),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/tests/new/",
        small_editing.draft_test,
        name="draft_new_test",
    ),
    path(
        "policies/<slug:name>/drafts/<uuid:draft_id>/tests/<int:place>/",
        small_editing.draft_test,
        name="draft_test",
    ),
    path("policies/<slug:name>/missing/", if_null.policy_missing, name="policy_missing"),
    path(
        "policies/<slug:name>/missing/<slug:input_name>/",
        if_null.policy_missing_cases,
        name="policy_missing_cases",
    ),
    path("policies/<slug:name>/text/", texts.policy_text, name="policy_text"),
    path("policies/<slug:name>/versions/", versions.policy_versions, name="policy_versions"),
    path("policies/<slug:name>/versions/new/", drafts.new_version, name="new_version"),
    path("policies/<slug:name>/versions/proposal/", life.proposal, name="version_proposal"),
    path("policies/<slug:name>/versions/approval/", life.approval, name="version_approval"),
    path("policies/<slug:name>/versions/activation/", life.activation, name="version_activation"),
    path("policies/<slug:name>/versions/share/", share.version_share, name="version_share"),
    path("policies/<slug:name>/difference/", versions.policy_difference, name="policy_difference"),
    path("policies/<slug:name>/replays/", replays.policy_replays, name="policy_replays"),
    path("policies/<slug:name>/rollback/", rollback.policy_rollback, name="policy_rollback"),
    path("policies/<slug:name>/shadow/", shadows.policy_shadow, name="policy_shadow"),
    path("policies/<slug:name>/tests/", testing.policy_tests, name="policy_tests"),
    path("policies/<slug:name>/cut-off/", cut_off.policy_cut_off, name="policy_cut_off"),
    path("policies/<slug:name>/cut-off/curve/", cut_off.policy_curve, name="policy_curve"),
    path("policies/<slug:name>/cut-off/flips/", cut_off.policy_flips, name="policy_flips"),
]
