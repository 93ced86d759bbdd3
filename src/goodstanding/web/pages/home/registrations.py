"""The tour of each role: three steps, under ten minutes."""

from goodstanding.accounts.types import Role
from goodstanding.web.home import register_tour
from goodstanding.web.types import TourStop

CREDIT = (
    TourStop(
        "credit-cut-off",
        "Move the cut-off",
        "On the loans of 2005-06, see the write-offs that a higher cut-off avoids, with an"
        " interval.",
        ("cut_off", "policies"),
        "desk=credit",
    ),
    TourStop(
        "credit-flips",
        "See who flips",
        "Nobody was declined then, so everyone who would flip was observed. Open the swap set,"
        " down to one loan.",
        ("swap_set", "decisions"),
        "desk=credit",
    ),
    TourStop(
        "credit-connected",
        "Follow connected exposure",
        "The same business, several loans: what do we stand to lose together, and why are they"
        " held to be one?",
        ("connected_exposure", "businesses"),
    ),
)
SELLERS = (
    TourStop(
        "sellers-at-risk",
        "Read Monday's at-risk list",
        "What is unlikely to meet the SLA because its holder is away, and who has room.",
        ("team",),
        "desk=sellers",
    ),
    TourStop(
        "sellers-reassign",
        "Reassign one, and explain its deadline",
        "Tick, reassign with a reason; then open the case: every interval that counted and every"
        " pause is a row.",
        ("team", "cases"),
        "desk=sellers",
    ),
    TourStop(
        "sellers-appeal",
        "Review an appeal, then open the answer key",
        "Only somebody who neither decided the enforcement nor manages who did may claim it: Ana"
        " and Ben find one each among the cases. The key says what was caught, missed and wrongly"
        " stopped.",
        ("answer_key", "cases"),
    ),
)
SECOND_LINE = (
    TourStop(
        "models-finding",
        "Read the finding",
        "A validator found that an input was rewritten after default; the model is blocked.",
        ("blocking_finding",),
    ),
    TourStop(
        "models-expire",
        "Expire the approval",
        "The loans' policy decides on an approval marked 'demonstration': end it, with a reason.",
        ("deciding_approval",),
        "desk=credit",
    ),
    TourStop(
        "models-refer",
        "See the next decision refer",
        "Open an approved loan and decide it again: with no approval in force the fallback"
        " refers it, and the record says why.",
        ("decisions",),
        "origin=live&desk=credit&outcome=approve",
    ),
)
SPECIALIST = (
    TourStop(
        "specialist-claim",
        "Claim the next case",
        "The queue orders by the business time that is left.",
        ("cases",),
    ),
    TourStop(
        "specialist-evidence",
        "Read the evidence",
        "Trace, points, business, history, and why it is due when it is due.",
        ("my_cases", "cases"),
    ),
    TourStop(
        "specialist-decide",
        "Decide with reasons",
        "Reason codes feed the next decision; overriding the policy is visible.",
        ("my_cases", "cases"),
    ),
)
ANALYST = (
    TourStop(
        "analyst-metric",
        "Open a number's rows",
        "Every metric opens the decisions and cases under it.",
        ("metrics",),
    ),
    TourStop(
        "analyst-backtest",
        "Backtest a policy",
        "Move a cut-off or write a candidate, and see what it would have done.",
        ("backtests", "cut_off", "policies"),
    ),
    TourStop(
        "analyst-sql",
        "Ask the lake in SQL",
        "Read-only, with a time limit, personal data masked.",
        ("sql", "lake_sql", "metrics"),
    ),
)
APPROVER = (
    TourStop(
        "approver-read",
        "Read what was validated",
        "The dossier: purpose, data, tests, findings, conditions.",
        ("models",),
    ),
    TourStop(
        "approver-approve",
        "Approve with conditions, or return",
        "The developer, the validator and you are three people, by constraint.",
        ("model_approvals",),
    ),
    TourStop(
        "approver-effect",
        "See what your approval lets decide",
        "Each decision names the approval it rests on.",
        ("decisions",),
    ),
)
AUDITOR = (
    TourStop(
        "auditor-replay",
        "Replay a decision",
        "Bit for bit from its own record, or the first difference by name.",
        ("decisions",),
    ),
    TourStop(
        "auditor-trail",
        "Follow somebody's writes",
        "Filter the trail by actor, action or object, and take it with you.",
        ("audit_trail",),
    ),
    TourStop(
        "auditor-models",
        "See who let it decide",
        "Three identities behind each approval, and the findings between them.",
        ("models",),
    ),
)
ADMINISTRATOR = (
    TourStop(
        "administrator-person",
        "Add a person",
        "They choose a password by a link that is shown once.",
        ("invitation",),
    ),
    TourStop(
        "administrator-key",
        "Make an API key",
        "One caller, one key, an end date.",
        ("new_api_key",),
    ),
    TourStop(
        "administrator-trail",
        "Find both in the audit trail",
        "Your own writes are lines like everybody's.",
        ("audit_trail",),
    ),
)

for role, title, stops in (
    (Role.CREDIT_RISK_MANAGER, "The credit tour", CREDIT),
    (Role.SELLER_RISK_MANAGER, "The seller tour", SELLERS),
    (Role.MODEL_RISK_MANAGER, "The second line's tour", SECOND_LINE),
    (Role.SPECIALIST, "The specialist's tour", SPECIALIST),
    (Role.ANALYST, "The analyst's tour", ANALYST),
    (Role.APPROVER, "The approver's tour", APPROVER),
    (Role.INTERNAL_AUDITOR, "The auditor's tour", AUDITOR),
    (Role.ADMINISTRATOR, "The administrator's tour", ADMINISTRATOR),
):
    register_tour(role=role, title=title, stops=stops)
