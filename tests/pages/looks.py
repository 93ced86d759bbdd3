"""What every page is held to: accessible, no sideways scroll, and a picture to look at."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "tests" / ".artifacts"
AXE = Axe().axe_script
VIOLATIONS = "asked => axe.run(asked).then(results => results.violations)"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDEST = """() => [...document.querySelectorAll("main *")]
  .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
  .slice(0, 5).map((element) => element.outerHTML.slice(0, 120))"""
PHONE = {"width": 400, "height": 800}


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A or AA that axe can see, from the top of the page.

    Further down, what lies half under the sticky head would count as too small to touch. A phone
    has the colours of a desk: contrast, half of axe's time, is measured where there is room.
    """
    page.evaluate("() => window.scrollTo(0, 0)")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    rules = {"color-contrast": {"enabled": page.evaluate("() => innerWidth > 400")}}
    asked = {"runOnly": {"type": "tag", "values": WCAG}, "rules": rules}
    violations = [
        f"{violation['id']}: {violation['help']} at "
        + "; ".join(str(node["html"])[:160] for node in violation["nodes"][:3])
        for violation in page.evaluate(VIOLATIONS, asked | {"resultTypes": ["violations"]})
    ]
    assert violations == [], f"{page.url}\n" + "\n".join(violations)


def assert_no_sideways_scroll(page: Page) -> None:
    """The page is no wider than its window."""
    wide = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0, f"{page.url} scrolls sideways by {wide} px: {page.evaluate(WIDEST)}"


def at_phone(page: Page) -> Page:
    """The same page at 400 x 800, proven not to scroll sideways."""
    page.set_viewport_size(PHONE)
    assert_no_sideways_scroll(page)
    return page


def shoot(page: Page, name: str, *, for_docs: bool = False) -> None:
    """A picture of the whole page, where somebody wants to look.

    GOODSTANDING_SCREENSHOTS=artifacts keeps all of them in `tests/.artifacts`; `docs` puts those
    `for_docs` into the handbook as well.
    """
    asked = os.environ.get("GOODSTANDING_SCREENSHOTS", "")
    if not asked:
        return
    folders = [ARTIFACTS]
    if for_docs and asked == "docs":
        folders.append(ROOT / "docs" / "screenshots")
    page.evaluate("() => window.scrollTo(0, 0)")
    picture = page.screenshot(full_page=True)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(picture)
