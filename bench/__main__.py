"""Run benchmarks: `python -m bench [NAME ...] [--full]`; one line of JSON for each figure."""

import argparse
import sys
from importlib import import_module

# name -> module with `run(*, full: bool) -> Iterator[Figure]`
BENCHMARKS = {
    "policy_online": "bench.policy_online",
    "decide_service": "bench.decide_service",
}


def main() -> None:
    """Print each figure as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--full", action="store_true", help="the long ones too, up to an hour")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - BENCHMARKS.keys())
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    for name in asked.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr)
        for figure in import_module(BENCHMARKS[name]).run(full=asked.full):
            print(figure.as_line(), flush=True)


if __name__ == "__main__":
    main()
