"""The 18 sources of Brackwater and the shape of each one's export: the front door to `shapes`."""

from __future__ import annotations

from broker.synthetic import exports_council, exports_health, exports_others
from broker.synthetic.shapes import Shape

SHAPES: dict[str, Shape] = {
    shape.source: shape for shape in (*exports_council.SHAPES, *exports_health.SHAPES, *exports_others.SHAPES)
}
"""Source code to shape; the ten agencies of the place are the `agency` of these."""
