"""Volumes through streams, interrupts, served graphs, files and the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis
from multivis.errors import CodeError, OptionError, SourceNotFoundError
from multivis.graph import build_graph
from multivis.progress import CheckEvent, DraftEvent, ResultEvent
from multivis.state import NodeEvent, Request, Status, ToolEvent

HEAD = "phantom:head?size=24"


def test_the_events_of_a_run_come_as_with_charts(agent):
    events = list(agent.stream("isosurface at 300, 200x170 pixels", HEAD))
    kinds = {type(event) for event in events}
    assert {NodeEvent, ToolEvent, DraftEvent, CheckEvent} <= kinds
    assert isinstance(events[-1], ResultEvent)
    nodes = [e.node for e in events if isinstance(e, NodeEvent) and e.phase == "entered"]
    assert nodes == ["intake", "coordinator", "planner", "coordinator", "validation", "coordinator"]


def test_a_volume_can_be_asked_without_blocking(agent):
    result = asyncio.run(agent.aask("isosurface at 300, 200x170 pixels", HEAD))
    assert result.passed and result.backend == "vtk"


def test_an_array_is_a_volume(agent):
    numpy = pytest.importorskip("numpy")
    z, y, x = numpy.mgrid[-1:1:20j, -1:1:20j, -1:1:20j]
    result = agent.ask("isosurface at 0.5, 200x170 pixels", (x**2 + y**2 + z**2).astype("float32"))
    assert result.passed


def test_a_person_can_have_the_picture_changed_before_it_is_delivered(volume_cache):
    with MultiVis(HEAD, cache_dir=volume_cache, approve_chart=True) as agent:
        waiting = agent.ask("isosurface at 300, 200x170 pixels", thread_id="first")
        assert waiting.interrupt is not None and waiting.interrupt.kind == "approve_chart"
        assert agent.waiting("first") == waiting.interrupt
        changed = agent.resume("first", {"approve": False, "reason": "make it dark red"})
        assert changed.interrupt is not None
        done = agent.resume("first", True)
    assert done.passed
    assert done.spec["stages"][0]["color"] == "#8b1a1a"
    assert done.spec["stages"][0]["isovalue"] == 300.0


def test_a_run_goes_on_in_another_process_sight(volume_cache, tmp_path):
    store = f"sqlite:///{tmp_path / 'runs.db'}"
    with MultiVis(HEAD, cache_dir=volume_cache, approve_chart=True, checkpointer=store) as agent:
        agent.ask("isosurface at 300, 200x170 pixels", thread_id="kept")
    with MultiVis(cache_dir=volume_cache, approve_chart=True, checkpointer=store) as agent:
        done = agent.resume("kept", True)
    assert done.passed and done.png().startswith(b"\x89PNG")


def test_every_graph_is_served_and_viz_genie_answers_for_volumes(volume_cache):
    pytest.importorskip("langserve")
    from multivis.serve.graphs import served_graphs
    from multivis.serve.service import Service

    service = Service({"head": HEAD}, cache_dir=volume_cache)
    try:
        graphs = served_graphs(service)
        output = graphs["viz_genie"].invoke(
            {"request": {"question": "isosurface at 300, 200x170 pixels"}}
        )
        assert output["status"] == "complete"
        assert output["state"]["chart"]["backend"] == "vtk"
        result = service.result(output["thread_id"])
        assert result.png().startswith(b"\x89PNG")
        with pytest.raises(OptionError, match="viz_genie"):
            graphs["multivis_agent"].invoke(
                {"request": {"question": "isosurface at 300, 200x170 pixels"}}
            )
    finally:
        service.close()


def test_the_graph_alone_refuses_the_other_kind_of_data(agent, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n")
    end = agent.volume_graph.invoke(
        {"request": Request(question="isosurface", data=str(table), backend="vtk")},
        context=agent.dependencies(table),
    )
    assert end["status"] is Status.FAILED
    assert "tables" in end["failures"][-1].message
    end = build_graph().invoke(
        {"request": Request(question="bars", data=HEAD)}, context=agent.dependencies(HEAD)
    )
    assert "volume" in end["failures"][-1].message


# ── files ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_saved_can_be_refined_and_run(agent, ask, tmp_path):
    import subprocess
    import sys

    folder = tmp_path / "first"
    files = ask("isosurface at 300, titled 'A head'", HEAD).save(folder)
    assert {path.name for path in files.values()} == {
        "chart.py",
        "chart.json",
        "chart.png",
        "chart.html",
        "result.json",
        "scene.vtp",
        "scene.glb",
    }
    told = json.loads(files["spec"].read_text())
    assert told["provenance"]["question"].startswith("isosurface")
    assert told["title"] == "A head"
    assert agent.refine(folder, "make it teal").spec["stages"][0]["color"] == "#008080"
    subprocess.run([sys.executable, files["code"].name], cwd=folder, check=True, timeout=120)
    assert (folder / "picture.png").stat().st_size > 1_000


@pytest.mark.parametrize(
    ("existing", "why"),
    [
        ("{ not json", "not valid JSON"),
        ('{"stages": [{"kind": "cake"}]}', "not one of a picture"),
        ('{"stages": []}', "draws nothing"),
        ("[1, 2]", "cannot be read"),
    ],
)
def test_a_specification_that_is_none_is_the_callers_mistake(agent, existing, why):
    with pytest.raises(CodeError, match=why):
        agent.ask("make it red", HEAD, existing=existing)


@pytest.mark.parametrize(
    ("arguments", "error", "why"),
    [
        ({"data": "phantom:cake"}, SourceNotFoundError, "cake"),
        ({"data": "missing.vti"}, SourceNotFoundError, "missing.vti"),
        ({"data": HEAD, "backend": "plotly"}, OptionError, "plotly"),
    ],
)
def test_bad_input_is_told_in_a_sentence(agent, arguments: dict[str, Any], error, why):
    with pytest.raises(error, match=why):
        agent.ask("isosurface at 300", **arguments)


def test_a_damaged_file_is_told_in_a_sentence(agent, tmp_path: Path):
    from multivis.errors import SourceError

    bad = tmp_path / "bad.vti"
    bad.write_text("<VTKFile>nothing")
    with pytest.raises(SourceError):
        agent.ask("isosurface at 300", bad)
