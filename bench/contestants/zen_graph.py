"""zen-engine's decision graph; runs in the peer's own environment."""

import json
import sys
from pathlib import Path
from typing import Any

import zen
from turns import take_turns


def graph(expressions: dict[str, str]) -> str:
    """A graph of one expression node, which answers faster than the same split over several."""
    listed = [
        {"id": str(at), "key": key, "value": value}
        for at, (key, value) in enumerate(expressions.items())
    ]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {
            "id": "rules",
            "type": "expressionNode",
            "name": "rules",
            "content": {"expressions": listed},
        },
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "e1", "sourceId": "in", "targetId": "rules", "type": "edge"},
        {"id": "e2", "sourceId": "rules", "targetId": "out", "type": "edge"},
    ]
    return json.dumps(
        {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    )


def main() -> None:
    """Decide by the expressions of the work file."""
    work = json.loads(Path(sys.argv[1]).read_text())
    decision = zen.ZenEngine().create_decision(graph(work["expressions"]))
    rules = work["ids"]

    def answer(found: Any) -> dict[str, Any]:
        result = found["result"]
        fired = [rule for rule in rules if result[rule]]
        return {"rules": fired, "outcome": result["outcome"], "score": result["score"]}

    take_turns(decision.evaluate, work["records"], answer=answer)


if __name__ == "__main__":
    main()
