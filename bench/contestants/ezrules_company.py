"""ezrules' own tables, an organisation, its rules and an API key; runs in the peer's environment.

Prints the key, and the id of each rule under which an answer names it.
"""

import hashlib
import json
import secrets
import sys
import uuid
from pathlib import Path
from typing import Any

from ezrules.cli import cli
from ezrules.core.rule_updater import RDBRuleEngineConfigProducer, RuleManagerFactory
from ezrules.models.backend_core import AllowedOutcome, Organisation
from ezrules.models.backend_core import Rule as RuleRow
from ezrules.models.database import Base
from ezrules.settings import app_settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

NAME = "bench"
OUTCOMES = ("DECLINE", "REFER", "NOTE")  # the most severe first
ADD_KEY = """
insert into api_keys (gid, key_hash, label, created_at, o_id)
values (:gid, :key_hash, 'bench', now(), :o_id)
"""


def main() -> None:
    """Set up the rules of the work file."""
    work = json.loads(Path(sys.argv[1]).read_text())
    engine = create_engine(app_settings.DB_ENDPOINT)
    Base.metadata.create_all(engine)
    arguments = ["bootstrap-org", "--name", NAME, "--admin-email", "admin@bench.example"]
    cli([*arguments, "--admin-password", secrets.token_hex(16)], standalone_mode=False)
    with Session(engine) as session:
        o_id = int(session.query(Organisation).filter_by(name=NAME).one().o_id)
        numbers = _add_rules(session, o_id, work["logic"])
        key = f"ezrk_{secrets.token_hex(32)}"
        digest = hashlib.sha256(key.encode()).hexdigest()
        named = {"gid": str(uuid.uuid4()), "key_hash": digest, "o_id": o_id}
        session.execute(text(ADD_KEY), named)
        session.commit()
    print(json.dumps({"key": key, "rules": numbers}))


def _add_rules(session: Session, o_id: int, logic: list[dict[str, Any]]) -> dict[str, str]:
    for rank, outcome in enumerate(OUTCOMES, start=1):
        session.add(AllowedOutcome(outcome_name=outcome, severity_rank=rank, o_id=o_id))
    rows = [
        RuleRow(rid=rule["rid"], logic=rule["logic"], description=rule["description"], o_id=o_id)
        for rule in logic
    ]
    session.add_all(rows)
    session.commit()
    manager = RuleManagerFactory.get_rule_manager("RDBRuleManager", db=session, o_id=o_id)
    RDBRuleEngineConfigProducer(db=session, o_id=o_id).save_config(manager, changed_by="bench")
    return {str(row.r_id): row.rid for row in rows}


if __name__ == "__main__":
    main()
