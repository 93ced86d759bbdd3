"""What people call the segments of a metric: policies by their titles, codes as words."""

import re
from collections.abc import Callable
from datetime import datetime

from goodstanding.policies.queries import version_summaries
from goodstanding.web.cells import words

EVERYTHING = "all"
NameSegment = Callable[[str], str]
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


def segment_names(*, at: datetime) -> NameSegment:
    """How a segment is called: `decision_review` is Decision review, a policy has its title.

    A policy with the label of a version behind it is its title and the version, two codes with a
    colon between are both in words; what a query wrote in words stays, with a capital.
    """
    titles = {version.name: version.title for version in reversed(version_summaries(at=at))}

    def named(segment: str) -> str:
        if segment in titles:
            return titles[segment]
        name, _, label = segment.partition(" ")
        if label and name in titles:
            return f"{titles[name]}, version {label}"
        if _CODE.fullmatch(segment):
            return words(segment)
        first, colon, rest = segment.partition(": ")
        if colon and _CODE.fullmatch(first) and _CODE.fullmatch(rest):
            return f"{words(first)}: {words(rest).lower()}"
        return segment[:1].upper() + segment[1:]

    return named
