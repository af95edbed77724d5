"""Draws the ratios as bars on a logarithmic scale, as SVG."""

import math
from collections.abc import Sequence
from html import escape

from benchmarks.report import Pairing

# Pixels.
_WIDTH, _NAMES, _LINE, _HEAD, _MARGIN = 860, 300, 22, 34, 16
_STYLE = (
    "text{font:13px sans-serif;fill:#222}.head{font-weight:bold}.faint{fill:#666;font-size:11px}"
    ".slower{fill:#4878a8}.faster{fill:#c46a3a}.axis{stroke:#bbb}"
)


def svg(pairings: Sequence[Pairing]) -> str:
    """Return a drawing: one bar for each peer, as long as it is slower than the first contender."""
    ratios = [p.ratio(row) for p in pairings for row in p.rows[1:]]
    low = math.floor(math.log10(min([0.1, *ratios])))
    high = math.ceil(math.log10(max([10.0, *ratios])))
    step = (_WIDTH - _NAMES - 2 * _MARGIN) / (high - low)

    def across(ratio: float) -> float:
        return _NAMES + (math.log10(ratio) - low) * step

    parts, y = [], _MARGIN + _LINE
    parts.append(
        _text(
            _MARGIN,
            y,
            "How many times faster nmapwatchd is than its peer (start-up left out)",
            "head",
        )
    )
    for pairing in pairings:
        y += _HEAD
        remark = "" if pairing.is_fair else " (unequal work)"
        parts.append(_text(_MARGIN, y, f"{pairing.name}{remark}", "head"))
        for row in pairing.rows[1:]:
            y += _LINE
            ratio = pairing.ratio(row)
            left, right = sorted((across(1), across(ratio)))
            kind = "slower" if ratio >= 1 else "faster"
            parts += [
                _text(_MARGIN, y, row.name),
                _bar(left, right, y, kind),
                _text(right + 5, y, f"{ratio:.3g}", "faint"),
            ]
    bottom = y + _HEAD
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts += [
            _rule(x, bottom - 12),
            _text(x - 8, bottom, f"{10.0**power:g}", "faint"),
        ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{bottom + _MARGIN}">'
        f'<style>{_STYLE}</style><rect width="100%" height="100%" fill="#fff"/>'
        + "\n".join(parts)
        + "</svg>\n"
    )


def _bar(left: float, right: float, y: float, kind: str) -> str:
    box = f'x="{left:.1f}" y="{y - 12}" width="{right - left:.1f}" height="14"'
    return f'<rect class="{kind}" {box}/>'


def _rule(x: float, bottom: float) -> str:
    ends = f'x1="{x:.1f}" y1="{_HEAD + _MARGIN}" x2="{x:.1f}" y2="{bottom}"'
    return f'<line class="axis" {ends}/>'


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
