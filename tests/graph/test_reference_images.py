"""Scenario B: the form of a reference image is followed, with no model that sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multivis import MultiVis

from .conftest import code_call, sql_call

pytest.importorskip("rapidocr", reason="the extra 'reader' is not installed")


@pytest.fixture
def lying_teal_bars(tmp_path: Path) -> Path:
    """A horizontal bar chart in Altair's look."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame({"fruit": ["Apples", "Pears", "Plums"], "weight": [30.0, 80.0, 55.0]})
    chart = (
        alt.Chart(frame)
        .mark_bar(color="#008080")
        .encode(x="weight:Q", y="fruit:N")
        .properties(width=400, height=240)
    )
    path = tmp_path / "reference.png"
    chart.save(path, scale_factor=2)
    return path


@pytest.mark.slow
def test_the_form_and_colour_of_the_picture_are_followed(
    sales: Path, sandbox: Any, lying_teal_bars: Path
) -> None:
    with MultiVis(sales, sandbox=sandbox) as agent:
        result = agent.ask("Show the total amount by region like this", image=lying_teal_bars)
    assert result.scenario == "B"
    assert result.passed, result.failures
    assert "horizontal bar" in " ".join(note.text for note in result.notes)
    assert result.spec["encoding"]["y"]["field"] == "region"
    assert "#008080" in result.code.lower()


@pytest.mark.slow
def test_a_picture_that_is_no_chart_is_said_and_the_words_are_followed(
    sales: Path, sandbox: Any, tmp_path: Path
) -> None:
    from PIL import Image

    path = tmp_path / "plain.png"
    Image.new("RGB", (300, 200), "teal").save(path)
    with MultiVis(sales, sandbox=sandbox) as agent:
        result = agent.ask("Show a bar chart of the total amount by region", image=path)
    assert result.passed, result.failures
    assert any("was not read" in note.text for note in result.notes)


@pytest.mark.slow
def test_a_model_reads_the_reference_image_and_no_other_file(
    ask_with: Any, lying_teal_bars: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(lying_teal_bars.read_bytes())

    def read(path: Path) -> dict[str, Any]:
        return {"name": "read_chart_image", "args": {"path": str(path)}}

    agent = ask_with([sql_call()], [read(secret), read(lying_teal_bars), code_call()])
    result = agent.ask("Show the total amount by region like this", image=lying_teal_bars)
    calls = [(e.tool, e.outcome) for e in result.trace if e.event == "tool"]
    assert ("read_chart_image", "refused") in calls
    assert ("read_chart_image", "ok") in calls
