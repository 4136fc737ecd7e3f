"""Calls, tokens and seconds of every system, with a strong model behind a local HTTP server.

The model is a script that always answers well, so that what is counted is the system, not the
model. Questions and answers are those of the sample set; tokens are characters / 4, prompts with
their tool definitions. Targets: `multivis` needs at most one call more than `llm-workflow`, at
most 4 calls and 6,000 prompt tokens a case at the median.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from langchain_openai import ChatOpenAI

from multivis.bench.multivis_bench import load_cases, run_benchmark, write_sample
from multivis.bench.multivis_bench.cases import Case
from multivis.bench.multivis_bench.systems import SYSTEMS
from multivis.testing import OpenAIServer
from multivis.testing.openai_server import RecordedRequest, Reply

COUNT = 20
_AGGREGATES = {"SUM": "sum", "AVG": "mean", "COUNT": "size"}


class StrongModel:
    """Answers every request with what the case needs.

    Args:
        cases: The cases that may be asked for.
        whole_table: Whether the frame is a whole table, so that code has to aggregate.
    """

    def __init__(self, cases: list[Case], whole_table: bool) -> None:
        self.cases = {case.question: case for case in cases}
        self.whole_table = whole_table

    def __call__(self, request: RecordedRequest) -> Reply:
        """The reply to one request."""
        text = json.dumps(request.body, ensure_ascii=False)
        case = next(c for q, c in self.cases.items() if json.dumps(q)[1:-1] in text)
        call = self._call(request, case)
        size = len(json.dumps(call))
        return Reply(calls=(call,), usage=(len(text) // 4, size // 4))

    def _call(self, request: RecordedRequest, case: Case) -> dict[str, Any]:
        sql, code = _parts(case)
        tools = request.tools
        if "execute_sql" in tools:
            return {"name": "execute_sql", "args": {"sql": sql, "final": True}}
        if "execute_code" in tools:
            drawn = _aggregating(sql) + code if self.whole_table else code
            drawn = "import altair as alt\nimport pandas as pd\n" + drawn
            return {"name": "execute_code", "args": {"code": drawn, "final": True}}
        if "WholeChart" in tools:
            return {"name": "WholeChart", "args": {"sql": sql, "code": code}}
        if "Tables" in tools:
            return {"name": "Tables", "args": {"tables": ["sale"]}}
        if "Statement" in tools:
            kind = {"mark_line": "LINE", "mark_bar": "BAR"}.get(code.split(".")[2][:9], "SCATTER")
            return {"name": "Statement", "args": {"vql": f"VISUALIZE {kind} {sql}"}}
        return {"name": tools[0], "args": {"action": _next(request), "why": "It is next."}}


def _parts(case: Case) -> tuple[str, str]:
    """The query and the chart code of a reference script."""
    sql = re.search(r"'''(.*?)'''", case.gold, re.DOTALL)
    assert sql is not None
    code = case.gold[case.gold.index("chart = ") :].rsplit("\nchart", 1)[0]
    return sql[1], code + "\n"


def _aggregating(sql: str) -> str:
    """pandas code that does to a whole table what a query does."""
    found = re.match(r"SELECT (\w+), (\w+)\((\*|\w+)\) AS (\w+)", sql)
    if found is None:
        return ""
    group, name = found[1], found[4]
    column = "id" if found[3] == "*" else found[3]
    how = _AGGREGATES[found[2]]
    return f"df = df.groupby('{group}', as_index=False).agg({name}=('{column}', '{how}'))\n"


def _next(request: RecordedRequest) -> str:
    """What a coordinating model chooses, from what is defined."""
    defined = re.search(r"<defined>\s*(\[.*?\])", str(request.messages[-1]["content"]))
    names = json.loads(defined[1]) if defined else []
    if "chart" in names:
        return "validation"
    return "visualization" if "query" in names else "database"


def main(count: int) -> None:
    """Run all systems and print one row each."""
    print("| system | charts | calls, median | most | prompt tokens, median | seconds, median |")
    print("|---|--:|--:|--:|--:|--:|")
    for system in SYSTEMS:
        with tempfile.TemporaryDirectory() as folder:
            data, databases = write_sample(Path(folder) / "set", count)
            cases = load_cases(data, databases, "A")
            whole = system in {"without-database", "only-generation"}
            with OpenAIServer([StrongModel(cases, whole)], repeat=True) as server:
                model = ChatOpenAI(model="strong", api_key="dummy", base_url=server.url)
                out = Path(folder) / "run"
                found = run_benchmark(
                    data, databases, out, scenario="A", system=system, model=model
                ).values()
        median = statistics.median
        print(
            f"| {system} | {sum(bool(p.prediction) for p in found)} of {len(found)} "
            f"| {median(p.calls for p in found):g} | {max(p.calls for p in found)} "
            f"| {median(p.prompt_tokens for p in found):,.0f} "
            f"| {median(p.seconds for p in found):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
