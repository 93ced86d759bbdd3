"""datalogic-py: the whole policy in four compiled steps; runs in the peer's own environment."""

import json
import sys
from pathlib import Path
from typing import Any

from datalogic_py import Engine
from turns import take_turns


def main() -> None:
    """Decide by the steps of the work file; each is handed what the one before has found."""
    work = json.loads(Path(sys.argv[1]).read_text())
    engine = Engine()
    evaluate = engine.session().evaluate
    values, rules, score, answer = (
        engine.compile(work[step]) for step in ("values", "rules", "score", "answer")
    )
    names, ids = work["names"], work["ids"]

    def decide(record: dict[str, Any]) -> dict[str, Any]:
        computed = dict(zip(names, evaluate(values, record), strict=True))
        found = {"rules": evaluate(rules, record | computed), "card": computed["card"]}
        found["score"] = evaluate(score, found)
        found["answer"] = evaluate(answer, found)
        return found

    def as_answer(found: dict[str, Any]) -> dict[str, Any]:
        fired = [name for name, holds in zip(ids, found["rules"], strict=True) if holds]
        return {"rules": fired, "outcome": found["answer"][0], "score": found["score"]}

    take_turns(decide, work["records"], answer=as_answer)


if __name__ == "__main__":
    main()
