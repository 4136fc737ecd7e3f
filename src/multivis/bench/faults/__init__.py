"""How runs end when models and the world fail: ``multivis bench faults``."""

from __future__ import annotations

from multivis.bench.faults.report import Report, write_report
from multivis.bench.faults.run import Plan, RunRecord, run_faults
from multivis.bench.faults.tasks import Task, own_tasks

__all__ = ["Plan", "Report", "RunRecord", "Task", "own_tasks", "run_faults", "write_report"]
