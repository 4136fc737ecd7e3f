"""The graph as a server runs it: plain JSON in, no context given."""

from __future__ import annotations

import json
from pathlib import Path

from multivis.graphs.multivis_agent import graph

ROOT = Path(__file__).parents[2]


def test_the_served_graph_makes_its_own_dependencies_from_the_request(sales: Path) -> None:
    request = {"question": "Show a bar chart of the total amount by region", "data": str(sales)}
    end = graph.invoke({"request": request})
    assert end["status"].value == "complete"
    assert end["chart"].backend == "altair"


def test_what_the_served_graph_takes_and_gives_has_a_json_schema() -> None:
    assert "request" in graph.get_input_jsonschema()["properties"]
    assert "evaluation" in graph.get_output_jsonschema()["properties"]


def test_langgraph_json_names_every_graph() -> None:
    served = json.loads((ROOT / "langgraph.json").read_text())["graphs"]
    written = {path.stem for path in (ROOT / "graphs").glob("[a-z]*.py")}
    assert served == {name: f"./graphs/{name}.py:graph" for name in written}
    assert {"multivis_agent", "viz_genie"} <= set(served)


def test_the_drawing_shows_every_guarded_edge() -> None:
    drawing = graph.get_graph().draw_mermaid()
    for edge in (
        "intake -.-> coordinator",
        "coordinator -.-> database",
        "coordinator -.-> visualization",
        "coordinator -.-> validation",
        "validation --> coordinator",
    ):
        assert edge in drawing, drawing


def test_an_empty_context_as_servers_send_it_is_no_context(sales: Path) -> None:
    request = {"question": "Show a bar chart of the total amount by region", "data": str(sales)}
    end = graph.invoke({"request": request}, context={})
    assert end["status"].value == "complete"
