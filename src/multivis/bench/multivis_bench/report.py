"""What a run came to, for people: ``report.md``, and ``report.html`` with the worst cases."""

from __future__ import annotations

import base64
import html
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multivis.bench.multivis_bench.cases import SCENARIOS, Case, read_cases
from multivis.bench.multivis_bench.compare import read_scores
from multivis.bench.multivis_bench.record import (
    PREDICTIONS,
    Prediction,
    read_predictions,
    read_run,
)
from multivis.bench.multivis_bench.score import METRICS, picture_of, run_gold
from multivis.errors import OutputError

if TYPE_CHECKING:
    from multivis.protocols import Sandbox

__all__ = ["Worst", "markdown_table", "write_report"]

_TITLES = {
    "published": "Structural scores of the released suite",
    "strict": "Strict scores",
    "picture": "Likeness of the pictures (SSIM and edges, no model)",
    "perceptual": "Perceptual scores (§5.2, by a vision model)",
}
_HEADINGS = {"executed": "runs", "correct": "above 80", "combined": "S_vis"}
_LIST = 20


@dataclass(frozen=True)
class Worst:
    """A case that went badly: both pictures and what differs."""

    case: Case
    scores: Mapping[str, Any]
    gold: bytes | None
    mine: bytes | None
    differences: tuple[str, ...]


def write_report(
    out: Path, *, worst: int = 12, report: Callable[[int, int], None] | None = None
) -> tuple[Path, Path]:
    """Write ``report.md`` and ``report.html`` into the folder of a scored run.

    Args:
        out: Folder with ``predictions.json`` and ``scores.json``.
        worst: How many of the worst cases are shown side by side.
        report: Told how many of them are drawn.

    Returns:
        The two files.

    Raises:
        InputError: The folder holds no scored run.
        OutputError: It cannot be written.
    """
    about, scores = read_run(out), read_scores(out)
    databases = Path(about.get("databases", "."))
    cases = read_cases(out / PREDICTIONS, Path(about.get("data", out)), databases)
    predictions = read_predictions(out)
    chosen = _worst_first(cases, scores["cases"])[:worst]
    text = "\n".join(_markdown(about, scores, cases, predictions))
    page = _page(about, scores, cases, predictions, _looked_at(chosen, scores["cases"], report))
    files = out / "report.md", out / "report.html"
    try:
        files[0].write_text(text + "\n", encoding="utf-8")
        files[1].write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The report cannot be written to {out}: {error.strerror}.") from error
    return files


def _worst_first(cases: Sequence[Case], scores: Mapping[str, Any]) -> list[Case]:
    """Cases with a running gold, the lowest strict score first."""
    listed = [case for case in cases if scores[case.id].get("strict")]
    return sorted(listed, key=lambda case: (scores[case.id]["strict"]["overall"], case.id))


def _looked_at(
    cases: Sequence[Case],
    scores: Mapping[str, Any],
    report: Callable[[int, int], None] | None,
) -> Iterator[Worst]:
    """Draw the worst cases and say what differs."""
    if not cases:
        return
    from multivis.sandbox import open_sandbox

    sandbox = open_sandbox()
    try:
        for number, case in enumerate(cases, 1):
            yield _look(case, scores[case.id], sandbox)
            if report is not None:
                report(number, len(cases))
    finally:
        sandbox.close()


def _look(case: Case, scores: Mapping[str, Any], sandbox: Sandbox) -> Worst:
    from multivis.charts.metrics.strict import draw_chart
    from multivis.charts.metrics.strict.explain import differences

    gold = run_gold(case, sandbox)
    run = sandbox.run(str(case.values.get("prediction") or ""), case.inputs)
    told: tuple[str, ...] = ()
    if run.spec is not None and gold is not None:
        told = tuple(differences(draw_chart(run.spec), draw_chart(gold)))
    elif scores.get("error"):
        told = (f"no chart: {scores['error']}",)
    return Worst(case, scores, picture_of(gold), picture_of(run.spec), told)


# ── Markdown ────────────────────────────────────────────────────────────────────────────────


def markdown_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; the first column is left-aligned, the others right."""
    lines = ["| " + " | ".join(heading) + " |"]
    lines.append("|" + "|".join(["---", *["--:"] * (len(heading) - 1)]) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return lines


def _markdown(
    about: Mapping[str, Any],
    scores: Mapping[str, Any],
    cases: Sequence[Case],
    predictions: Mapping[str, Prediction],
) -> Iterator[str]:
    yield f"# {_title(about)}"
    yield ""
    yield _summary(scores)
    for metric in METRICS:
        told = scores.get(metric) or {}
        if told:
            yield f"\n## {_TITLES[metric]} (%)\n"
            heading, rows = _score_rows(told)
            yield from markdown_table(heading, rows)
    if predictions:
        yield "\n## Cost of a case\n"
        yield from markdown_table(*_cost_rows(predictions.values()))
    yield from _rule_lines(predictions.values())
    yield "\n## Chart types, by strict score\n"
    yield from markdown_table(*_type_rows(cases, scores["cases"]))
    yield "\n## Worst cases\n"
    for case in _worst_first(cases, scores["cases"])[:_LIST]:
        overall = scores["cases"][case.id]["strict"]["overall"]
        yield f"- {case.id} ({case.chart_type}): {100 * overall:.0f}: {case.question[:110]}"


def _title(about: Mapping[str, Any]) -> str:
    system, model = about.get("system", "a system"), about.get("model", "a model")
    return f"MultiVis-Bench: {system} with {model}"


def _summary(scores: Mapping[str, Any]) -> str:
    """One sentence with what counts."""
    told = scores["published"]["all"]
    strict = (scores.get("strict") or {}).get("all", {}).get("overall", 0.0)
    return (
        f"{told['cases']:.0f} cases, {100 * told['executed']:.1f} % of the predictions run, "
        f"published overall {100 * told['overall']:.2f}, strict overall {100 * strict:.2f}. "
        "Not comparable one to one with the paper: see docs/benchmark.md."
    )


def _score_rows(told: Mapping[str, Mapping[str, float]]) -> tuple[list[str], list[list[str]]]:
    """Heading and rows of one metric, the scenarios first, all cases last."""
    keys = list(next(iter(told.values())))
    heading = ["scenario", *(_HEADINGS.get(key, key.replace("_", " ")) for key in keys)]
    rows = []
    for name in [*(n for n in told if n != "all"), "all"]:
        label = f"{name} {SCENARIOS[name]}" if name in SCENARIOS else name
        cells = [f"{v:.0f}" if k == "cases" else f"{100 * v:.2f}" for k, v in told[name].items()]
        rows.append([label, *cells])
    return heading, rows


def _cost_rows(predictions: Any) -> tuple[list[str], list[list[str]]]:
    listed = list(predictions)
    rows = []
    for label, values, digits in (
        ("model calls", [p.calls for p in listed], 0),
        ("prompt tokens", [p.prompt_tokens for p in listed], 0),
        ("completion tokens", [p.completion_tokens for p in listed], 0),
        ("seconds", [p.seconds for p in listed], 2),
    ):
        found = (statistics.median(values), statistics.fmean(values), max(values))
        rows.append([label, *(f"{value:,.{digits}f}" for value in found)])
    return ["", "median", "mean", "largest"], rows


def _rule_lines(predictions: Any) -> Iterator[str]:
    """How runs ended, and how often each rule acted."""
    listed = list(predictions)
    if not listed:
        return
    ended = Counter(p.status for p in listed)
    rules: Counter[str] = Counter()
    for prediction in listed:
        rules.update(prediction.rules)
    yield ""
    yield "Runs ended: " + ", ".join(f"{name} {n}" for name, n in sorted(ended.items())) + "."
    if rules:
        yield "Rules acted: " + ", ".join(f"{r} {n:,}" for r, n in sorted(rules.items())) + "."


def _type_rows(
    cases: Sequence[Case], scores: Mapping[str, Any]
) -> tuple[list[str], list[list[str]]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.chart_type, []).append(case)
    rows = []
    for name, members in groups.items():
        strict = [scores[c.id]["strict"]["overall"] for c in members if scores[c.id].get("strict")]
        published = [scores[c.id]["published"]["overall"] for c in members]
        mean = statistics.fmean(strict) if strict else 0.0
        rows.append((mean, [name, f"{len(members)}", f"{100 * statistics.fmean(published):.1f}"]))
    rows.sort(key=lambda entry: (entry[0], entry[1][0]))
    heading = ["chart type", "cases", "published", "strict"]
    return heading, [[*cells, f"{100 * mean:.1f}"] for mean, cells in rows]


# ── HTML ────────────────────────────────────────────────────────────────────────────────────

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1180px;padding:0 1rem;
color:#1d2430;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}
th,td{padding:.25rem .6rem;border-bottom:1px solid #e3e6ea;text-align:right}
th:first-child,td:first-child{text-align:left}th{color:#5a6472;font-weight:600}
section{border:1px solid #dde1e7;border-radius:8px;padding:1rem 1.2rem;margin:1.2rem 0}
section h3{margin:.1rem 0 .4rem;font-size:1rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin:.8rem 0}
figure{margin:0;border:1px solid #eef0f3;border-radius:6px;padding:.5rem;background:#fafbfc}
figcaption{color:#5a6472;font-size:12px;margin-bottom:.3rem}
img{max-width:100%;max-height:380px;display:block;margin:auto;background:#fff}
.none{color:#a33;padding:2rem;text-align:center}
ul{margin:.3rem 0;padding-left:1.2rem}li{margin:.1rem 0}
.scores span{display:inline-block;margin:0 .9rem .2rem 0;font-size:13px}
.low{color:#b3261e;font-weight:600}pre{overflow-x:auto;background:#f5f6f8;padding:.7rem;
border-radius:6px;font-size:12px}summary{cursor:pointer;color:#3b5bdb;font-size:13px}
@media(max-width:800px){.pair{grid-template-columns:1fr}}
"""


def _page(
    about: Mapping[str, Any],
    scores: Mapping[str, Any],
    cases: Sequence[Case],
    predictions: Mapping[str, Prediction],
    worst: Iterator[Worst],
) -> str:
    """The whole page; it loads nothing."""
    title = html.escape(_title(about))
    parts = [f"<h1>{title}</h1><p>{html.escape(_summary(scores))}</p>"]
    for metric in METRICS:
        told = scores.get(metric) or {}
        if told:
            parts.append(f"<h2>{html.escape(_TITLES[metric])} (%)</h2>")
            parts.append(_html_table(*_score_rows(told)))
    if predictions:
        parts.append("<h2>Cost of a case</h2>" + _html_table(*_cost_rows(predictions.values())))
        parts += [f"<p>{html.escape(line)}</p>" for line in _rule_lines(predictions.values())]
    parts.append("<h2>Worst cases, by strict score</h2>")
    parts += [_section(entry) for entry in worst]
    parts.append("<h2>Chart types, by strict score</h2>")
    parts.append(_html_table(*_type_rows(cases, scores["cases"])))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _html_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heading)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _section(worst: Worst) -> str:
    case = worst.case
    told = "".join(f"<li>{html.escape(text)}</li>" for text in worst.differences)
    code = html.escape(str(case.values.get("prediction") or ""))
    return (
        f"<section><h3>{html.escape(case.id)} · {html.escape(case.chart_type)}</h3>"
        f"<p>{html.escape(case.question)}</p>"
        f'<div class="pair">{_figure("wanted", worst.gold)}{_figure("made", worst.mine)}</div>'
        f"{_score_line('published', worst.scores)}{_score_line('strict', worst.scores)}"
        f"<ul>{told}</ul><details><summary>code that was made</summary><pre>{code}</pre></details>"
        "</section>"
    )


def _figure(caption: str, picture: bytes | None) -> str:
    if picture is None:
        return f'<figure><figcaption>{caption}</figcaption><p class="none">no picture</p></figure>'
    data = base64.b64encode(picture).decode("ascii")
    image = f'<img alt="{caption}" src="data:image/png;base64,{data}">'
    return f"<figure><figcaption>{caption}</figcaption>{image}</figure>"


def _score_line(metric: str, scores: Mapping[str, Any]) -> str:
    found: Mapping[str, float] = scores.get(metric) or {}
    cells = "".join(
        f'<span class="{"low" if value < 0.5 else ""}">{html.escape(name.replace("_", " "))} '
        f"{100 * value:.0f}</span>"
        for name, value in found.items()
    )
    return f'<div class="scores"><b>{metric}</b> {cells}</div>'
