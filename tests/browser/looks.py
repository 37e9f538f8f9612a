"""What every page must pass: accessibility by axe-core, no sideways scroll, nothing that jumps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.stack import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
VIOLATIONS = """async () => {
  await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})));
  const {violations} = await axe.run();
  return violations.map(({id, nodes}) => id + ': ' + nodes.map((node) => node.html.slice(0, 200)).join(' | '));
}"""
SHIFTS = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});"""


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is now, in light and in dark."""
    found: list[str] = []
    page.emulate_media(reduced_motion="reduce")  # what fades has no contrast yet
    page.wait_for_load_state("networkidle")  # nor has what an answer is about to change
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE)
        found += [f"{scheme}: {one}" for one in _run(page)]
    return found


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def watch_shifts(page: Page) -> None:
    """From the next page on, sum up what moves without being asked to."""
    page.add_init_script(SHIFTS)


def shift(page: Page) -> float:
    """The sum."""
    return float(page.evaluate("window.shift"))


def _run(page: Page) -> list[Any]:
    return list(page.evaluate(VIOLATIONS))
