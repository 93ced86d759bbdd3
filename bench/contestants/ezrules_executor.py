"""ezrules' executor of compiled rules, without its database; runs in the peer's own environment."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from turns import take_turns

os.environ |= {
    "EZRULES_DB_ENDPOINT": "postgresql+psycopg2://nowhere/none",
    "EZRULES_APP_SECRET": "unused",
}
from ezrules.core.rule_engine import RuleEngineFactory
from ezrules.core.user_lists import StaticUserListManager


def main() -> None:
    """Decide by the rules of the work file."""
    work = json.loads(Path(sys.argv[1]).read_text())
    engine = RuleEngineFactory.from_json(
        work["logic"], list_values_provider=StaticUserListManager()
    )
    names = work["ids"]

    def answer(found: dict[str, Any]) -> dict[str, Any]:
        return {"rules": [names[number - 1] for number in sorted(found["rule_results"])]}

    take_turns(engine, work["records"], answer=answer)


if __name__ == "__main__":
    main()
