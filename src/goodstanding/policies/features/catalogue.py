"""The catalogue of features: each version is a file of a desk.

Desks register their folders in `apps.py` by `register_features`. A version that a policy pins
stays: a change is another file with another version.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from goodstanding.core.errors import Refusal
from goodstanding.policies.engine.mistakes import Mistake, Place, nearest
from goodstanding.policies.features.definition import FeatureDefinition
from goodstanding.policies.features.reader import FeatureRefused, read_feature


class FeatureUnknown(Refusal):
    """There is no feature {reference}."""

    code = "feature_unknown"
    status = 404


_desks: list[str] = []


def register_features(*, desk: str) -> None:
    """Take the features in `goodstanding/<desk>/features/*.yaml` into the catalogue."""
    if desk not in _desks:
        _desks.append(desk)
    catalogue.cache_clear()


@cache
def catalogue() -> Mapping[str, FeatureDefinition]:
    """Every version of every feature, by `name@version`, desk by desk.

    Raises FeatureRefused for a file with a mistake, or two files of one version.
    """
    found: dict[str, FeatureDefinition] = {}
    for desk in _desks:
        for file in _files(desk):
            definition = read_feature(file.read_text("utf-8"), source=file.name, desk=desk)
            if definition.reference in found:
                raise FeatureRefused(source=file.name, mistakes=[_twice(definition.reference)])
            found[definition.reference] = definition
    return found


def feature_named(reference: str) -> FeatureDefinition:
    """The definition of `name@version`, or of the one version of a name; raises FeatureUnknown."""
    known = catalogue()
    if reference in known:
        return known[reference]
    versions = [item for item in known.values() if item.name == reference]
    if len(versions) == 1:
        return versions[0]
    candidates = [item.reference for item in versions] or list(known)
    mend = nearest(reference, candidates) or f"Known: {', '.join(candidates) or 'none'}."
    raise FeatureUnknown(field="feature", reference=reference, mend=mend)


def _files(desk: str) -> list[Traversable]:
    folder = files(f"goodstanding.{desk}").joinpath("features")
    if not folder.is_dir():
        return []
    found = [item for item in folder.iterdir() if item.name.endswith(".yaml")]
    return sorted(found, key=lambda item: item.name)


def _twice(reference: str) -> Mistake:
    return Mistake(
        Place(1, 1), "feature", f"{reference} stands in two files.", "Give one another version."
    )
