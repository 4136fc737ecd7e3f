"""Tables like Table 2, 3 and 4 of the paper, from runs of all systems."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.multivis_bench.cases import SCENARIOS
from multivis.bench.multivis_bench.compare import read_scores
from multivis.bench.multivis_bench.record import read_predictions, write_json
from multivis.bench.multivis_bench.report import markdown_table
from multivis.bench.multivis_bench.run import run_benchmark
from multivis.bench.multivis_bench.score import score_predictions
from multivis.bench.multivis_bench.systems import SYSTEMS
from multivis.errors import OptionError, OutputError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["TABLES", "make_tables"]

TABLES = {
    "2": ("instructing-llm", "llm-workflow", "nvagent", "multivis"),
    "3": ("multivis", "without-rules", "without-database", "without-validation", "only-generation"),
    "4": ("multivis", "without-rules"),
}
"""Table of the paper → the systems that it compares."""

_DIMENSIONS = ("chart_type", "data_mapping", "encoding", "interaction", "config", "transform")
_TITLES = {
    "2": "Systems by scenario (like Table 2)",
    "3": "Ablation (like Table 3)",
    "4": "Reliability with and without logic rules (like Table 4)",
}

Told = Callable[[str], Callable[[int, int], None]]


def make_tables(
    data: Path,
    databases: Path,
    out: Path,
    *,
    tables: Sequence[str] = ("2", "3", "4"),
    model: str | BaseChatModel = "offline",
    vision: str | BaseChatModel | None = None,
    scenario: str = "all",
    limit: int | None = None,
    jobs: int = 1,
    seconds: float | None = None,
    faults: float = 0.0,
    judge: str | BaseChatModel | None = None,
    told: Told | None = None,
) -> str:
    """Run the systems that the tables need, score them, and write ``tables.md``.

    Runs are kept one folder a system; what is finished is not done again.

    Args:
        data: As for `run_benchmark`.
        databases: Likewise.
        out: Folder with one folder a system.
        tables: Which: ``2``, ``3``, ``4``.
        model: As for `run_benchmark`.
        vision: Likewise.
        scenario: Likewise.
        limit: Cases a system, spread evenly.
        jobs: Cases at once.
        seconds: Time for one case.
        faults: Share of the model's answers that are spoiled.
        judge: A model that sees, for the perceptual columns.
        told: Gives, for a system's name, the function that is told its progress.

    Returns:
        The tables as Markdown.

    Raises:
        OptionError: There is no such table.
    """
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise OptionError(f"There is no table {unknown[0]!r}.", hint="Give 2, 3 or 4.")
    systems = list(dict.fromkeys(name for table in tables for name in TABLES[table]))
    for name in systems:
        folder = out / name
        report = told(name) if told is not None else None
        run_benchmark(
            data,
            databases,
            folder,
            scenario=scenario,
            system=name,
            model=model,
            vision=vision,
            limit=limit,
            jobs=jobs,
            resume=True,
            seconds=seconds,
            faults=faults,
            report=report,
        )
        score_predictions(folder, jobs=jobs, judge=judge, report=report)
    scores = {name: read_scores(out / name) for name in systems}
    text = "\n".join(_document(out, tables, systems, scores, faults)) + "\n"
    try:
        (out / "tables.md").write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The tables cannot be written to {out}: {error.strerror}.") from error
    write_json(out / "tables.json", {n: _numbers(scores[n]) for n in systems})
    return text


def _numbers(scores: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in scores.items() if key != "cases"}


def _document(
    out: Path,
    tables: Sequence[str],
    systems: Sequence[str],
    scores: Mapping[str, Mapping[str, Any]],
    faults: float,
) -> Iterator[str]:
    if faults:
        yield f"The model's answers are spoiled at a rate of {faults:g}.\n"
    for table in tables:
        yield f"## {_TITLES[table]}\n"
        make = {"2": _systems, "3": _ablation, "4": _reliability}[table]
        yield from markdown_table(*make(out, TABLES[table], scores))
        yield ""
    yield "## Cost of a case (median)\n"
    yield from markdown_table(*_costs(out, systems))


Rows = tuple[list[str], list[list[str]]]


def _scenarios(scores: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The scenarios that were run, and all together where there are several."""
    first = next(iter(scores.values()))["published"]
    found = [name for name in SCENARIOS if name in first]
    return [*found, "all"] if len(found) > 1 else found


def _cell(scores: Mapping[str, Any], metric: str, scenario: str, key: str) -> str:
    found = (scores.get(metric) or {}).get(scenario) or {}
    return f"{100 * found[key]:.2f}" if key in found else "–"


def _named(scenario: str) -> str:
    return f"{scenario} {SCENARIOS[scenario]}" if scenario in SCENARIOS else scenario


def _systems(out: Path, names: Sequence[str], scores: Mapping[str, Mapping[str, Any]]) -> Rows:
    del out
    heading = ["scenario", "method", "type", "data", "encoding", "interaction", "config"]
    heading += ["transform", "low", "high", "S_vis", "strict", "picture"]
    rows = []
    for scenario in _scenarios(scores):
        for name in names:
            found = scores[name]
            cells = [_cell(found, "published", scenario, key) for key in (*_DIMENSIONS, "overall")]
            cells += [_cell(found, "perceptual", scenario, key) for key in ("overall", "combined")]
            cells += [_cell(found, metric, scenario, "overall") for metric in ("strict", "picture")]
            rows.append([_named(scenario), SYSTEMS[name][1], *cells])
    return heading, rows


def _ablation(out: Path, names: Sequence[str], scores: Mapping[str, Mapping[str, Any]]) -> Rows:
    del out
    rows = []
    for scenario in _scenarios(scores):
        for name in names:
            found = scores[name]
            cells = [_cell(found, "published", scenario, key) for key in ("overall", "executed")]
            cells += [_cell(found, "perceptual", scenario, key) for key in ("overall", "combined")]
            cells += [_cell(found, metric, scenario, "overall") for metric in ("strict", "picture")]
            rows.append([_named(scenario), SYSTEMS[name][1], *cells])
    return ["scenario", "method", "low", "runs", "high", "S_vis", "strict", "picture"], rows


def _reliability(out: Path, names: Sequence[str], scores: Mapping[str, Mapping[str, Any]]) -> Rows:
    rows = []
    for scenario in _scenarios(scores):
        for name in names:
            listed = [
                p
                for p in read_predictions(out / name).values()
                if p.id in scores[name]["cases"] and scenario in (p.id[0], "all")
            ]
            done = sum(p.status == "complete" and bool(p.prediction) for p in listed)
            share = f"{100 * done / len(listed):.2f}" if listed else "–"
            runs = _cell(scores[name], "published", scenario, "executed")
            rows.append([_named(scenario), SYSTEMS[name][1], share, runs])
    return ["scenario", "method", "task success", "code execution"], rows


def _costs(out: Path, names: Sequence[str]) -> Rows:
    rows = []
    for name in names:
        listed = list(read_predictions(out / name).values())
        if listed:
            calls = [p.calls for p in listed]
            rows.append(
                [
                    SYSTEMS[name][1],
                    f"{statistics.median(calls):g}",
                    f"{max(calls)}",
                    f"{statistics.median(p.prompt_tokens for p in listed):,.0f}",
                    f"{statistics.median(p.completion_tokens for p in listed):,.0f}",
                    f"{statistics.median(p.seconds for p in listed):.2f}",
                ]
            )
    heading = ["method", "model calls", "most calls", "prompt tokens", "completion tokens"]
    return [*heading, "seconds"], rows
