"""iPlotBench: recreate a chart from its picture, then answer questions about it.

Figures and questions are made anew from the published description (Kahou et al., 2018;
iPlotBench, 2026): a set of one's own, with pictures, specifications and exact answers.

```python
from multivis.bench.iplotbench import compare_figures, generate_set, load_set
```
"""

from __future__ import annotations

from multivis.bench.iplotbench.dataset import FIGURE_TYPES, Case, load_set
from multivis.bench.iplotbench.generate import generate_set
from multivis.bench.iplotbench.questions import Question
from multivis.bench.iplotbench.similarity import Similarity, compare_figures

__all__ = [
    "FIGURE_TYPES",
    "Case",
    "Question",
    "Similarity",
    "compare_figures",
    "generate_set",
    "load_set",
]
