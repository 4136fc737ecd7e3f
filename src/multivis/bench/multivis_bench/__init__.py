"""MultiVis-Bench (MultiVis-Agent §3): run a system on its cases, score, compare, report."""

from __future__ import annotations

from multivis.bench.multivis_bench.cases import Case, load_cases
from multivis.bench.multivis_bench.compare import Difference, compare_scores
from multivis.bench.multivis_bench.report import write_report
from multivis.bench.multivis_bench.run import run_benchmark
from multivis.bench.multivis_bench.sample import write_sample
from multivis.bench.multivis_bench.score import score_predictions
from multivis.bench.multivis_bench.tables import make_tables

__all__ = [
    "Case",
    "Difference",
    "compare_scores",
    "load_cases",
    "make_tables",
    "run_benchmark",
    "score_predictions",
    "write_report",
    "write_sample",
]
