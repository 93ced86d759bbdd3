"""datalogic-py: all rules as one compiled array; runs in the peer's own environment."""

import json
import sys
from pathlib import Path
from typing import Any

from datalogic_py import Engine
from turns import take_turns


def main() -> None:
    """Decide by the logic of the work file."""
    work = json.loads(Path(sys.argv[1]).read_text())
    engine = Engine()
    rules, session = engine.compile(work["logic"]), engine.session()
    names = work["ids"]

    def answer(found: list[bool]) -> dict[str, Any]:
        return {"rules": [name for name, holds in zip(names, found, strict=True) if holds]}

    take_turns(lambda record: session.evaluate(rules, record), work["records"], answer=answer)


if __name__ == "__main__":
    main()
