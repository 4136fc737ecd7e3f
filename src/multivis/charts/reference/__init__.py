"""What a chart script says about its chart, from the syntax tree only: nothing is executed.

`read_code` reads Altair, Plotly, Matplotlib, seaborn and pandas plotting. What a script computes
at run time stays symbolic, as ``{"code": "..."}``.
"""

from __future__ import annotations

from multivis.charts.reference.facts import (
    Artist,
    Channel,
    CodeFacts,
    DataFacts,
    Mark,
    Parameter,
    Transform,
    View,
)
from multivis.charts.reference.read import read_code
from multivis.charts.reference.source import Source

__all__ = [
    "Artist",
    "Channel",
    "CodeFacts",
    "DataFacts",
    "Mark",
    "Parameter",
    "Source",
    "Transform",
    "View",
    "read_code",
]
