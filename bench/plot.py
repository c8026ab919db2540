"""The plot: processor time a request of every side as a multiple of the gateway's, a panel a workload.

It draws its own background, so that it reads on a light page and on a dark one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import log10

from bench.rounds import Plan, Results
from bench.sides import GATEWAY
from bench.workloads import Workload

PAPER, INK, FAINT, LINE = "#ffffff", "#1f2933", "#65727f", "#d5dbe1"
COLOURS = {
    "gateway": "#0b6e4f",
    "bare node": "#7a8b99",
    "mercurius": "#3b6fb6",
    "yoga": "#8a5fb0",
    "apollo": "#c2557a",
    "strawberry": "#d9822b",
}
FONT = "font-family='system-ui, sans-serif'"
COLUMNS = 2
PANEL, LABEL, VALUE, BAR, TITLE, GAP, MARGIN, TOP = 430, 82, 56, 22, 32, 30, 24, 88
TEN = 10
TICKS = (0.1, 1, 10, 100)
TITLE_WORDS = "Processor time a request, as a multiple of the gateway's"


def plot(plan: Plan, results: Results) -> str:
    """Return the plot as SVG: bars for the first kind of projection, marks for the other one."""
    panel_height = TITLE + BAR * len(plan.sides) + GAP
    width = 2 * MARGIN + COLUMNS * PANEL + (COLUMNS - 1) * GAP
    height = TOP + -(-len(plan.workloads) // COLUMNS) * panel_height + MARGIN // 2
    scale = _Scale.of(plan, results)
    size = f"viewBox='0 0 {width} {height}' width='{width}' height='{height}'"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' aria-label='{escape(TITLE_WORDS)}'>",
        f"<rect width='{width}' height='{height}' rx='8' fill='{PAPER}'/>",
        _text(MARGIN, 36, TITLE_WORDS, size=18, bold=True),
        _text(MARGIN, 58, _legend(plan), colour=FAINT),
    ]
    for place, workload in enumerate(plan.workloads):
        left = MARGIN + place % COLUMNS * (PANEL + GAP)
        top = TOP + place // COLUMNS * panel_height
        parts.append(f"<g transform='translate({left} {top})'>")
        parts += _panel(plan, results, workload, scale)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Scale:
    """Multiples across a panel, by their logarithms."""

    least: float
    most: float

    @classmethod
    def of(cls, plan: Plan, results: Results) -> "_Scale":
        found = [
            multiple
            for projection in plan.projections
            for workload in plan.workloads
            for side in plan.sides
            if (multiple := _multiple(results, projection, workload.name, side.name))
        ]
        # A side that needs less than the others still has a bar.
        return cls(min([0.7, *(0.7 * one for one in found)]), max([2.0, *found]))

    def across(self, multiple: float) -> float:
        part = log10(multiple / self.least) / log10(self.most / self.least)
        return LABEL + (PANEL - LABEL - VALUE) * part


def _legend(plan: Plan) -> str:
    bars, *marks = (f"projection {one}" for one in plan.projections)
    said = f"Bars and figures: {bars}." + "".join(f" Marks: {one}." for one in marks)
    return f"{said} Each by the gateway's own, on a logarithmic scale; shorter is better."


def _multiple(results: Results, projection: str, workload: str, side: str) -> float | None:
    ours = results.cpu_ms(projection, workload, GATEWAY.name)
    theirs = results.cpu_ms(projection, workload, side)
    return theirs / ours if ours and theirs else None


def _panel(plan: Plan, results: Results, workload: Workload, scale: _Scale) -> Iterator[str]:
    bottom = TITLE + BAR * len(plan.sides)
    yield _text(0, 18, f"{workload.name}: {workload.words}", size=13, bold=True)
    for tick in TICKS:
        if scale.least <= tick <= scale.most:
            x = scale.across(tick)
            colour = FAINT if tick == 1 else LINE
            yield f"<line x1='{x:.1f}' y1='{TITLE - 2}' x2='{x:.1f}' y2='{bottom}' stroke='{colour}'/>"
            yield _text(x, bottom + 13, f"{tick:g}×", colour=FAINT, size=10, anchor="middle")
    first, *others = plan.projections
    for place, side in enumerate(plan.sides):
        y = TITLE + BAR * place
        yield _text(LABEL - 8, y + 14, side.name, anchor="end")
        if (multiple := _multiple(results, first, workload.name, side.name)) is not None:
            long = scale.across(multiple) - LABEL
            yield (
                f"<rect x='{LABEL}' y='{y + 3}' width='{long:.1f}' height='{BAR - 7}' rx='2' "
                f"fill='{COLOURS[side.name]}'/>"
            )
            yield _text(PANEL, y + 14, _figure(multiple), anchor="end")
        for other in others:
            if (marked := _multiple(results, other, workload.name, side.name)) is not None:
                yield _mark(scale.across(marked), y)


def _figure(multiple: float) -> str:
    return f"{multiple:.0f}×" if multiple >= TEN else f"{multiple:.2f}×"


def _mark(x: float, y: float) -> str:
    """Draw a mark that is seen on the bar and beside it."""
    return (
        f"<line x1='{x:.1f}' y1='{y + 1}' x2='{x:.1f}' y2='{y + BAR - 2}' stroke='{PAPER}' stroke-width='5'/>"
        f"<line x1='{x:.1f}' y1='{y + 1}' x2='{x:.1f}' y2='{y + BAR - 2}' stroke='{INK}' stroke-width='2'/>"
    )


def _text(  # noqa: PLR0913 - a text has a place, words, and how it looks
    x: float,
    y: float,
    words: str,
    *,
    colour: str = INK,
    size: int = 12,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = " font-weight='600'" if bold else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' {FONT} font-size='{size}' fill='{colour}' "
        f"text-anchor='{anchor}'{weight}>{escape(words)}</text>"
    )
