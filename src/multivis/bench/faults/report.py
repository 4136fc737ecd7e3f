"""Runs as a table, a chart and files."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from multivis.bench.faults.run import RunRecord

__all__ = ["Report", "share", "write_report"]

_Z = 1.959964  # 95 %


@dataclass(frozen=True)
class Share:
    """A share of runs, in [0, 1], with its 95 % interval."""

    count: int
    total: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.2f} % [{100 * self.low:.2f}, {100 * self.high:.2f}]"


def share(count: int, total: int) -> Share:
    """A share with its interval by Wilson's method (Wilson 1927)."""
    if not total:
        return Share(0, 0, math.nan, 0.0, 1.0)
    rate = count / total
    centre = rate + _Z**2 / (2 * total)
    spread = _Z * math.sqrt(rate * (1 - rate) / total + _Z**2 / (4 * total**2))
    scale = 1 + _Z**2 / total
    return Share(
        count, total, rate, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
    )


@dataclass(frozen=True)
class Report:
    """All runs of one system.

    Attributes:
        system: Which system.
        records: How each run ended.
        clean: Runs of the same tasks, and of those that were left out, without any fault.
    """

    system: str
    records: Sequence[RunRecord]
    clean: Sequence[RunRecord] = ()

    @property
    def sound(self) -> bool:
        """Whether every run ended by itself, nothing was raised, and nothing was written."""
        return bool(self.records) and not any(
            record.ended in {"hung", "raised"} or record.written for record in self.records
        )

    def rates(self) -> list[dict[str, Any]]:
        """One row a rate."""
        return [
            self._row(rate, [r for r in self.records if r.rate == rate])
            for rate in sorted({record.rate for record in self.records})
        ]

    def _row(self, rate: float, records: Sequence[RunRecord]) -> dict[str, Any]:
        total = len(records)
        seconds = sorted(record.seconds for record in records)
        return {
            "rate": rate,
            "runs": total,
            "ended": share(sum(r.ended not in {"hung", "raised"} for r in records), total),
            "completed": share(sum(r.completed for r in records), total),
            "executed": share(sum(r.executed for r in records), total),
            "steps": mean(r.steps for r in records),
            "calls": median(r.calls for r in records),
            "tokens": median(r.tokens for r in records),
            "prompt_tokens": median(r.prompt_tokens for r in records),
            "seconds": median(seconds),
            "seconds_95": seconds[min(total - 1, math.ceil(0.95 * total) - 1)],
            "hung": sum(r.ended == "hung" for r in records),
            "raised": sum(r.ended == "raised" for r in records),
            "written": sum(bool(r.written) for r in records),
        }

    def kinds(self) -> list[dict[str, Any]]:
        """One row a kind of fault: how often, in how many runs, and how those ended."""
        counted: Counter[str] = Counter()
        met: dict[str, list[RunRecord]] = {}
        for record in self.records:
            faults = (*record.injected, *((record.world,) if record.world else ()))
            counted.update(faults)
            for kind in dict.fromkeys(faults):
                met.setdefault(kind, []).append(record)
        return [
            {
                "kind": kind,
                "injected": counted[kind],
                "runs": len(records),
                "survived": share(sum(r.completed for r in records), len(records)),
                "ended": dict(Counter(r.ended for r in records)),
            }
            for kind, records in sorted(met.items())
        ]

    def markdown(self) -> str:
        """Both tables as Markdown."""
        lines = [
            f"# Faults: {self.system}",
            "",
            *self._about_clean(),
            "Shares with their 95 % intervals (Wilson).",
            "",
            "| rate | runs | ended | completed | code executes | steps | calls | tokens | seconds "
            "| hung | raised | wrote |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {row['rate']:g} | {row['runs']} | {row['ended']} | {row['completed']} | "
            f"{row['executed']} | {row['steps']:.2f} | {row['calls']:g} | {row['tokens']:,.0f} | "
            f"{row['seconds']:.2f} (95th {row['seconds_95']:.2f}) | {row['hung']} | "
            f"{row['raised']} | {row['written']} |"
            for row in self.rates()
        ]
        lines += [
            "",
            "| fault | injected | runs | survived | how they ended |",
            "|---|---|---|---|---|",
        ]
        for row in self.kinds():
            ended = ", ".join(f"{count} {word}" for word, count in sorted(row["ended"].items()))
            cells = (row["kind"], row["injected"], row["runs"], row["survived"], ended)
            lines.append("| " + " | ".join(map(str, cells)) + " |")
        return "\n".join(lines) + "\n"

    def _about_clean(self) -> list[str]:
        """What clean runs cost, and which tasks they left out."""
        passed = [record for record in self.clean if record.completed]
        if not passed:
            return []
        calls = median(record.calls for record in passed)
        prompt = median(record.prompt_tokens for record in passed)
        left_out = [record.task for record in self.clean if not record.completed]
        named = f" Left out, because their gold is refused: {', '.join(left_out)}."
        return [
            f"Without faults, {len(passed)} tasks: {calls:g} calls and {prompt:,.0f} prompt tokens "
            f"(medians).{named if left_out else ''}",
            "",
        ]

    def summary(self) -> dict[str, Any]:
        """Both tables as JSON values."""

        def plain(row: dict[str, Any]) -> dict[str, Any]:
            return {k: asdict(v) if isinstance(v, Share) else v for k, v in row.items()}

        return {
            "system": self.system,
            "sound": self.sound,
            "clean": [asdict(record) for record in self.clean],
            "rates": [plain(row) for row in self.rates()],
            "kinds": [plain(row) for row in self.kinds()],
        }


def write_report(reports: Sequence[Report], out: Path) -> None:
    """Write ``report.json``, ``report.md``, ``runs.jsonl`` and ``chart.png`` into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    summary = [report.summary() for report in reports]
    (out / "report.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    text = "\n".join(report.markdown() for report in reports)
    (out / "report.md").write_text(text, encoding="utf-8")
    with (out / "runs.jsonl").open("w", encoding="utf-8") as file:
        for report in reports:
            for record in report.records:
                file.write(json.dumps({"system": report.system, **asdict(record)}) + "\n")
    (out / "chart.png").write_bytes(_chart(reports))


def _chart(reports: Sequence[Report]) -> bytes:
    """Completion and code execution by rate, with their intervals."""
    from multivis.charts.backends.altair import AltairBackend

    rows = [
        {
            "system": report.system,
            "rate": row["rate"],
            "measure": label,
            "share": 100 * row[name].value,
            "low": 100 * row[name].low,
            "high": 100 * row[name].high,
        }
        for report in reports
        for row in report.rates()
        for name, label in (("completed", "Tasks completed"), ("executed", "Code executes"))
    ]
    lowest = min(row["low"] for row in rows)
    x = {
        "field": "rate",
        "type": "quantitative",
        "title": "Share of model calls spoiled",
        "axis": {"format": ".0%", "values": sorted({row["rate"] for row in rows})},
        "scale": {"padding": 20},
    }
    scale = {"domain": [5 * math.floor(lowest / 5), 100], "zero": False}
    y = {"field": "share", "type": "quantitative", "title": "Share of runs (%)", "scale": scale}
    colour = {"field": "system", "type": "nominal", "title": "System"}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "x": x,
                "y": {**y, "field": "low"},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "line", "point": {"size": 60}},
            "encoding": {"x": x, "y": y, "color": colour},
        },
    ]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "facet": {"column": {"field": "measure", "type": "nominal", "title": None}},
        "spec": {"width": 260, "height": 240, "layer": layers},
    }
    return AltairBackend().png(spec)
