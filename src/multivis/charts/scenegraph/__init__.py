"""What a Vega-Lite chart really draws, as a typed model read from the reference runtime.

`Scene.of` compiles the specification with Vega-Lite, asks every mark to say which datum it
draws, runs Vega headless (vl-convert, no browser) and reads the scenegraph back. So marks,
positions, colours and exact data values are known without looking at a pixel.

A mark's datum would be lost in the exported scenegraph, and its accessible description holds
formatted values ("Jan 01, 2020"). Therefore the description of each compiled mark is replaced
by an expression that writes every field of its datum with its type and full precision, after
the original text.
"""

from __future__ import annotations

from multivis.charts.scenegraph.descriptions import parse_description
from multivis.charts.scenegraph.model import (
    Axis,
    Box,
    Item,
    Label,
    Legend,
    Mark,
    Problem,
    Scene,
    View,
)

__all__ = [
    "Axis",
    "Box",
    "Item",
    "Label",
    "Legend",
    "Mark",
    "Problem",
    "Scene",
    "View",
    "parse_description",
]
