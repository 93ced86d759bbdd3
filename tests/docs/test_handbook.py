"""What the handbook says is so: links lead somewhere, words and numbers are explained."""

import re

import pytest

from tests.docs.reading import Link, glossary_words, headings, links
from tests.flows.installation import ROOT


@pytest.mark.parametrize("link", links(), ids=lambda link: link.name)
def test_every_link_and_picture_leads_somewhere(link: Link) -> None:
    path, _, anchor = link.target.partition("#")
    page = (link.page.parent / path) if path else link.page

    assert page.exists(), f"{link.page.name} names {link.target}, which is not there"
    if link.is_picture:
        assert link.words, f"the picture {link.target} has no words for who cannot see it"
    if anchor and page.suffix == ".md":
        assert anchor in headings(page)


def test_words_that_link_to_the_glossary_are_in_it() -> None:
    known = glossary_words()
    words = [
        link.words.casefold()
        for link in links()
        if link.target.endswith("GLOSSARY.md") and "glossary" not in link.words.casefold()
    ]

    assert [word for word in words if word not in known] == []


def test_every_metric_is_in_the_page_of_its_desk() -> None:
    from goodstanding.metrics.catalogue import catalogue

    pages = {"credit": "credit.md", "sellers": "sellers.md", "second_line": "second-line.md"}
    for metric in catalogue().values():
        page = (ROOT / "docs" / pages[metric.desk]).read_text("utf-8")
        assert f"`{metric.name}`" in page, f"{metric.name} is missing in docs/{pages[metric.desk]}"


def test_every_key_measure_and_table_is_explained() -> None:
    from goodstanding.metrics.catalogue import OPTIONAL, REQUIRED
    from goodstanding.metrics.tables import lake_tables
    from goodstanding.metrics.types import Measure

    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    explained = set(re.findall(r"`([a-z_0-9]+)`", page))

    assert {*REQUIRED, *OPTIONAL} <= explained
    assert {measure.value for measure in Measure} <= explained
    assert {table.name for table in lake_tables()} <= explained


def test_every_page_of_the_handbook_is_reached_from_the_readme() -> None:
    reached, waiting = set(), {ROOT / "README.md"}
    every = links()
    while waiting:
        page = waiting.pop()
        reached.add(page)
        waiting |= {
            (page.parent / link.target.partition("#")[0]).resolve()
            for link in every
            if link.page == page and link.target.partition("#")[0].endswith(".md")
        } - reached

    missed = set((ROOT / "docs").glob("*.md")) - reached
    assert missed == set()
