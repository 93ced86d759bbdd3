"""Where `goodstanding policy backtest --out` writes its result."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodstanding.core.errors import Refusal

if TYPE_CHECKING:
    from goodstanding.policies.engine import Policy
    from goodstanding.policies.engine.backtest import Keep
    from goodstanding.policies.engine.backtest_figures import BacktestResult

ENDINGS = (".xlsx", ".json", ".parquet")


class EndingUnknown(Refusal):
    """A result cannot be written to {path}."""

    code = "ending_unknown"
    mend = "Its ending says the format: {endings}."


class FolderMissing(Refusal):
    """There is no folder for a file {path}."""

    code = "folder_missing"
    mend = "Make the folder, or name another."


def require_writable(path: Path, *, endings: Sequence[str] = (), field: str = "out") -> None:
    """Raise EndingUnknown or FolderMissing for a file that cannot be written, before any work."""
    if endings and path.suffix not in endings:
        raise EndingUnknown(field=field, path=str(path), endings=", ".join(endings))
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise FolderMissing(field=field, path=str(path))


@dataclass(frozen=True)
class ResultFiles:
    """The files that were asked for; refused before anything runs."""

    paths: tuple[Path, ...]
    policy: "Policy"
    provenance: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        paths: Sequence[Path],
        policy: "Policy",
        *,
        text_hash: str,
        settings: Mapping[str, str],
        cases: str,
    ) -> "ResultFiles":
        """Raises EndingUnknown and FolderMissing."""
        for path in paths:
            require_writable(path, endings=ENDINGS)
        values = ", ".join(f"{name} = {value}" for name, value in settings.items())
        return cls(
            paths=tuple(paths),
            policy=policy,
            provenance={
                "Text hash": text_hash,
                "Other values": values or "none: the text as it stands",
                "History": cases,
            },
        )

    @contextmanager
    def records(self) -> "Generator[Keep | None]":
        """What takes every case's answer; None where nobody asked for them."""
        from goodstanding.policies.engine.backtest_records import provenance_of, records_file

        described = provenance_of(self.policy, self.provenance)
        with ExitStack() as stack:
            keeps = [
                stack.enter_context(records_file(path, provenance=described))
                for path in self.paths
                if path.suffix == ".parquet"
            ]

            def keep(batch: Any) -> None:
                for each in keeps:
                    each(batch)

            yield keep if keeps else None

    def write(self, result: "BacktestResult") -> None:
        """The workbooks and the documents."""
        from goodstanding.policies.engine.backtest_workbook import write_workbook

        for path in self.paths:
            if path.suffix == ".xlsx":
                path.write_bytes(write_workbook(result, provenance=self.provenance))
            elif path.suffix == ".json":
                document = {**json.loads(result.to_json()), "provenance": dict(self.provenance)}
                path.write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")
