"""Run benchmarks: `python -m bench [NAME ...] [--quick | --full]`, a line of JSON each figure."""

import argparse
import sys
from importlib import import_module

# name -> module with `run(*, full: bool) -> Iterator[Figure]`, and `quick()` where there is one
BENCHMARKS = {
    "policy_online": "bench.policy_online",
    "backtest": "bench.backtest",
    "compile": "bench.compile",
    "trees": "bench.trees",
    "features": "bench.features",
    "decide_service": "bench.decide_service",
}


def main() -> None:
    """Print each figure as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(BENCHMARKS)}; all by default")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="seconds each; what has a short form")
    length.add_argument("--full", action="store_true", help="the long ones too, up to an hour")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - BENCHMARKS.keys())
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    for name in asked.names or BENCHMARKS:
        benchmark = import_module(BENCHMARKS[name])
        if asked.quick and not hasattr(benchmark, "quick"):
            print(f"{name} has no short form and is left out", file=sys.stderr)
            continue
        print(f"{name} ...", file=sys.stderr)
        for figure in benchmark.quick() if asked.quick else benchmark.run(full=asked.full):
            print(figure.as_line(), flush=True)


if __name__ == "__main__":
    main()
