"""Registrations of decisions."""

from django.apps import AppConfig

from goodstanding.accounts.types import EVERYONE, MANAGERS, Role, Verb, declare_verbs

DECISION_HASH = (
    "encode(sha256(convert_to(jsonb_build_array(id, recorded_at, legal_entity, claimed_by,"
    " idempotency_key, request_digest, origin, actor, desk, policy, policy_hash, entity, party_id,"
    " as_of, outcome, amount_minor, limit_minor, currency, score, gate_state, approval_id, arm,"
    " bucket, rule_states, reason_codes, supersedes_id, personal_value_id, record_hash, record"
    ")::text, 'UTF8')), 'hex')"
)


class DecisionsConfig(AppConfig):
    """What did we decide?"""

    name = "goodstanding.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Declare the verbs; seal the decisions."""
        from goodstanding.core.seal import register_stream

        register_stream(name="decisions", table="decisions_decision", hash_sql=DECISION_HASH)
        declare_verbs(
            room="decisions",
            verbs=[
                Verb("see_decisions", "See decisions and why they were made", EVERYONE),
                Verb(
                    "unmask_decision",
                    "Read the personal values of a decision",
                    (Role.SPECIALIST, Role.APPROVER, Role.INTERNAL_AUDITOR),
                ),
                Verb(
                    "replay_decision",
                    "Derive a decision again from its record",
                    (*MANAGERS, Role.INTERNAL_AUDITOR, Role.ANALYST, Role.APPROVER),
                ),
                Verb(
                    "decide_again",
                    "Put the question of a decision to the policy in force",
                    (*MANAGERS, Role.SPECIALIST),
                ),
                Verb("export_decisions", "Export decisions", (*MANAGERS, Role.ANALYST)),
            ],
        )
