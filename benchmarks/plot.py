"""Draws the ratios as bars on a logarithmic scale, as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.report import Comparison

# Pixels.
_WIDTH, _NAMES, _LABEL, _LINE, _HEAD, _MARGIN = 960, 290, 150, 22, 38, 20
_STYLE = (
    "text{font:13px sans-serif;fill:#222}.title{font-weight:bold;font-size:16px}"
    ".head{font-weight:bold}.faint{fill:#666;font-size:11px}.better{fill:#4878a8}"
    ".worse{fill:#c46a3a}.axis{stroke:#ddd}.one{stroke:#888}.range{stroke:#222}"
)
_TITLE = "How many times better nmapwatchd is"
_LEGEND = "faster, earlier or smaller, by medians; lines: range of the runs; without start-up"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Powers of ten from left to right."""

    low: int
    high: int

    def x_of(self, ratio: float) -> float:
        """Return the x coordinate of a ratio."""
        step = (_WIDTH - _NAMES - _LABEL - 2 * _MARGIN) / (self.high - self.low)
        return _NAMES + _MARGIN + (math.log10(ratio) - self.low) * step


def svg(comparisons: Sequence[Comparison]) -> str:
    """Return a chart: a bar from 1 to the ratio for each sensor but the first."""
    ranges = [one.ratios(row) for one in comparisons for row in one.rows[1:]]
    scale = _Scale(
        math.floor(math.log10(min([0.1, *(one.minimum for one in ranges)]))),
        math.ceil(math.log10(max([10.0, *(one.maximum for one in ranges)]))),
    )
    top = _MARGIN + 2 * _LINE + 10
    parts, y = [], top
    for comparison in comparisons:
        y += _HEAD
        remark = "" if comparison.is_equal_work else " (unequal work)"
        parts.append(_text(_MARGIN, y, f"{comparison.title}{remark}", "head"))
        for row in comparison.rows[1:]:
            y += _LINE
            parts.append(_text(_MARGIN + 12, y, row.name))
            parts += _bar(scale, y, comparison, row.name)
    bottom = y + _HEAD
    axes = []
    for power in range(scale.low, scale.high + 1):
        x = scale.x_of(10.0**power)
        axes.append(_rule(x, top, bottom - 14, "axis" if power else "one"))
        axes.append(_text(x, bottom, _power(power), "faint", "middle"))
    heads = [
        _text(_MARGIN, _MARGIN + _LINE, _TITLE, "title"),
        _text(_MARGIN, _MARGIN + 2 * _LINE, _LEGEND, "faint"),
    ]
    height = bottom + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}">'
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        + "\n".join([*heads, *axes, *parts])
        + "</svg>\n"
    )


def _bar(scale: _Scale, y: float, comparison: Comparison, name: str) -> list[str]:
    """Return a sensor's bar, the line of its range and its figure."""
    row = next(row for row in comparison.rows if row.name == name)
    ratios = comparison.ratios(row)
    ends = scale.x_of(1), scale.x_of(ratios.median)
    left, right = min(ends) - 1, max(ends) + 1  # a ratio of 1 is visible, too
    least, most = scale.x_of(ratios.minimum), scale.x_of(ratios.maximum)
    kind = "better" if ratios.median >= 1 else "worse"
    box = f'x="{left:.1f}" y="{y - 11}" width="{right - left:.1f}" height="13"'
    line = f'x1="{least:.1f}" x2="{most:.1f}" y1="{y - 4.5}" y2="{y - 4.5}"'
    label = f"{_number(ratios.median)} [{_number(ratios.minimum)} - {_number(ratios.maximum)}]"
    return [
        f'<rect class="{kind}" {box}/>',
        f'<line class="range" {line}/>',
        _text(max(right, most) + 6, y, label, "faint"),
    ]


def _power(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"1/{10**-power:,}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rule(x: float, top: float, bottom: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>'


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    position = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {position}>{escape(text)}</text>'
