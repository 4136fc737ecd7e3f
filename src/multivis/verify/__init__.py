"""The theorems of MultiVis-Agent §4.3.3, checked by walking every reachable abstract state."""

from __future__ import annotations

from multivis.verify.report import LoopReport, Verification, Violation
from multivis.verify.walk import verify

__all__ = ["LoopReport", "Verification", "Violation", "verify"]
