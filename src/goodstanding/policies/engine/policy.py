"""A policy, loaded: the one object that notebooks, services and pages hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from goodstanding.core.collection import paused_collection
from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.artefacts import Artefacts, FindArtefact, finder
from goodstanding.policies.engine.assembly import assemble
from goodstanding.policies.engine.batch import Batch, Engine, Trace
from goodstanding.policies.engine.definition import PolicyDefinition
from goodstanding.policies.engine.evaluation import Evaluation
from goodstanding.policies.engine.expansion import Expander
from goodstanding.policies.engine.hashing import text_hash, tree_hash
from goodstanding.policies.engine.kept_lists import FindList, lists_beside, with_kept_lists
from goodstanding.policies.engine.mistakes import Mistake, Place, PolicyRefused
from goodstanding.policies.engine.plan import Plan
from goodstanding.policies.engine.python_target import Decide, Decided, Layout, PythonSource
from goodstanding.policies.engine.reader import read_definition
from goodstanding.policies.engine.reading import RecordReader, RecordReading
from goodstanding.policies.engine.table import Source, evaluate_table
from goodstanding.policies.engine.table_answer import TableEvaluation
from goodstanding.policies.engine.values import NotOfType, read_text, value_of, wanted


class ConstantUnknown(Refusal):
    """Policy {policy} has no constant {name}."""

    code = "constant_unknown"
    mend = "Its constants are: {known}."


class ConstantNotOfType(Refusal):
    """The constant {name} is {wanted}, and {problem}."""

    code = "constant_type"


class CompiledPolicy:
    """A policy ready to decide: one generated function, a reader before it, words after it.

    A decision is three steps, so that a service can leave the last one out or do it later:

        reading = compiled.read(record, as_of=...)
        decided = compiled.decide(*reading.cells)
        evaluation = compiled.expand(reading, decided)
    """

    def __init__(self, plan: Plan, *, text_hash: str, tree_hash: str) -> None:
        """Compile; takes some tens of milliseconds for a hundred expressions."""
        target = PythonSource(plan)
        self.layout: Layout = target.layout
        # Masks, points and amounts for cells in the order of `layout.arguments`.
        self.decide: Decide
        self.decide, self.source = target.compile()
        self._reader = RecordReader(plan)
        self._expander = Expander(plan, target.layout, text_hash=text_hash, tree_hash=tree_hash)

    def read(self, record: Mapping[str, object], *, as_of: datetime | None = None) -> RecordReading:
        """The record as cells; see RecordReader.read for what it refuses."""
        return self._reader.read(record, as_of=as_of)

    def expand(
        self, reading: RecordReading, decided: Decided, *, attributions: bool = False
    ) -> Evaluation:
        """The full trace behind a decision."""
        return self._expander.expand(reading, decided, attributions=attributions)


@dataclass(frozen=True)
class Policy:
    """A policy of a text, typed and checked; equal texts make equal policies.

    `source` names where the text came from, for messages.
    """

    definition: PolicyDefinition
    plan: Plan
    text: str
    source: str
    text_hash: str
    tree_hash: str
    find: FindArtefact

    @classmethod
    def load(cls, path: Path | str, *, artefacts: Artefacts | None = None) -> "Policy":
        """The same as `load_policy`."""
        return load_policy(path, artefacts=artefacts)

    @classmethod
    def read(cls, text: str, *, artefacts: Artefacts | None = None) -> "Policy":
        """The same as `read_policy`."""
        return read_policy(text, artefacts=artefacts)

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.definition.name

    @property
    def version(self) -> str:
        """The author's label of the version; the hash is its true name."""
        return self.definition.version

    @cached_property
    def compiled(self) -> CompiledPolicy:
        """The policy as one Python function, made once."""
        return CompiledPolicy(self.plan, text_hash=self.text_hash, tree_hash=self.tree_hash)

    def evaluate(
        self,
        record: Mapping[str, object],
        *,
        as_of: datetime | None = None,
        attributions: bool = False,
    ) -> Evaluation:
        """What the policy says about one record, with its full trace.

        `record` maps inputs to values as Python or JSON have them, or to `Given` where the
        source, the moment of knowing or the kind of missing value is known.
        Raises InputUnknown, InputRequired or AsOfRequired.
        """
        reading = self.compiled.read(record, as_of=as_of)
        decided = self.compiled.decide(*reading.cells)
        return self.compiled.expand(reading, decided, attributions=attributions)

    def evaluate_table(
        self,
        source: Source,
        *,
        engine: Engine = "polars",
        as_of: datetime | str | None = None,
        columns: Mapping[str, str] | None = None,
        keep: Sequence[str] = (),
        values: Sequence[str] = (),
        trace: Trace = "full",
    ) -> TableEvaluation:
        """What the policy says about every row of a Parquet file, Arrow table or Polars frame.

        Every engine gives the answer that `evaluate` gives record by record, laid out as
        `engine.batch` says; the arguments are explained there too. The answer's `rules()`,
        `reasons()` and `explain(row)` expand what stands in it as bits. For more rows than fit
        into memory take `table.evaluate_batches`.
        Raises what `table.evaluate_batches` raises, each with its mend.
        """
        batch = Batch(
            as_of=as_of,
            columns=columns or {},
            keep=tuple(keep),
            values=tuple(values),
            trace=trace,
        )
        answer = evaluate_table(self.plan, source, batch, engine=engine)
        return replace(answer, evaluate=self.evaluate)

    def with_constants(self, values: Mapping[str, str]) -> "Policy":
        """The same policy with other values for named constants, such as a cut-off.

        The result has a tree hash of its own and the text hash of no text.
        Raises ConstantUnknown, ConstantNotOfType, and PolicyRefused where a value breaks a rule
        of the format, such as bands that do not grow.
        """
        known = {item.name: item for item in self.definition.constants}
        changed = dict(known)
        for name, text in values.items():
            if name not in known:
                raise ConstantUnknown(
                    field=name, name=name, policy=self.name, known=", ".join(known) or "none"
                )
            type_ = known[name].type
            try:
                value = value_of(read_text(text, type_), type_)
            except NotOfType as problem:
                raise ConstantNotOfType(
                    field=name, name=name, wanted=wanted(type_), problem=str(problem)
                ) from problem
            if value is not None:
                changed[name] = replace(known[name], value=value)
        definition = replace(self.definition, constants=tuple(changed.values()))
        return _assembled(definition, text=self.text, source=self.source, find=self.find, bare=True)


def load_policy(
    path: Path | str,
    *,
    artefacts: Artefacts | None = None,
    lists: FindList | None = None,
) -> Policy:
    """Read, type and order the policy of a file.

    `artefacts` says where models are found: a folder, a mapping or a function by sha256; without
    it, folders `models` beside the file. `lists` finds the kept lists that it names; without it, a
    folder `lists` beside the file. Raises PolicyRefused with every mistake at its line and column.
    """
    place = Path(path)
    return _load(_read(place), source=str(path), artefacts=artefacts, lists=lists, beside=place)


def read_policy(
    text: str, *, artefacts: Artefacts | None = None, lists: FindList | None = None
) -> Policy:
    """Type and order the policy of a text, which is never taken for the name of a file.

    The arguments and the refusals are those of `load_policy`.
    """
    return _load(text, source="policy", artefacts=artefacts, lists=lists, beside=None)


@paused_collection()
def _load(
    text: str,
    *,
    source: str,
    artefacts: Artefacts | None,
    lists: FindList | None,
    beside: Path | None,
) -> Policy:
    definition = with_kept_lists(
        read_definition(text, source=source), find=lists or lists_beside(beside), source=source
    )
    find = finder(artefacts, beside=beside)
    return _assembled(definition, text=text, source=source, find=find)


def _assembled(
    definition: PolicyDefinition, *, text: str, source: str, find: FindArtefact, bare: bool = False
) -> Policy:
    plan = assemble(definition, source=source, find=find)
    content = tree_hash(plan)
    return Policy(
        definition=definition,
        plan=plan,
        text=text,
        source=source,
        text_hash="" if bare else text_hash(text),
        tree_hash=content,
        find=find,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise _unreadable(path, "There is no such file.") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "It is not text in UTF-8.") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise _unreadable(path, f"It cannot be read: {_why(error)}.") from error


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _unreadable(path: Path, message: str) -> PolicyRefused:
    mistake = Mistake(Place(1, 1), "", message, "Name a policy file (YAML).")
    return PolicyRefused(source=str(path), mistakes=[mistake])
