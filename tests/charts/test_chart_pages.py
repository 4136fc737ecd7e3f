"""Pages in a real browser: they draw, offline, and run nothing from the data."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from multivis.charts.backends import get_backend
from multivis.charts.backends.altair import _vega_embed
from multivis.charts.examples import example_list
from multivis.charts.pages import chart_page
from multivis.protocols import Sandbox

pytestmark = pytest.mark.browser
HOSTILE = "</script><script>document.title='taken over'</script><img src=x onerror=hacked()>"


def opened(page: str, folder: Path) -> str:
    """The document after its scripts have run."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs Chrome or Chromium")
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/user",
            "--virtual-time-budget=30000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    return done.stdout


def body(document: str) -> str:
    return document[document.index("<body>") :]


def test_every_altair_example_is_drawn_without_compiling_code_in_the_browser(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    backend = get_backend("altair")
    specs: dict[str, Any] = {}
    for example in example_list("altair"):
        run = sandbox.run(example.code, preset=backend.environment())
        specs[example.name] = backend.specification(run)
    program = """
    const report = {};
    (async function () {
      for (const name of Object.keys(spec)) {
        const place = document.createElement("div");
        document.body.appendChild(place);
        try {
          const view = await vegaEmbed(place, spec[name], {ast: true, renderer: "svg"});
          await view.view.runAsync();
          report[name] = place.querySelectorAll("svg path, svg text, svg line").length;
        } catch (error) { report[name] = "" + error; }
        place.remove();
      }
      document.getElementById("chart").textContent = "REPORT" + JSON.stringify(report) + "END";
    })();
    """
    page = chart_page(title="all", library=_vega_embed(), program=program, spec=specs)
    text = body(opened(page, tmp_path))
    report = json.loads(text[text.index("REPORT") + 6 : text.index("END</div>")])
    assert set(report) == set(specs)
    assert {name: n for name, n in report.items() if not isinstance(n, int) or n < 3} == {}


def test_an_altair_page_with_hostile_data_draws_and_stays_itself(tmp_path: Path) -> None:
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
        "title": HOSTILE,
        "data": {"values": [{"a": HOSTILE, "b": 3}, {"a": "y", "b": 5}]},
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
    }
    document = opened(get_backend("altair").html(spec), tmp_path)
    assert "<title>taken over" not in document
    assert body(document).count('aria-roledescription="bar"') == 2
    assert "<img" not in body(document)


def test_a_plotly_page_with_hostile_data_draws_and_stays_itself(tmp_path: Path) -> None:
    figure = {
        "data": [{"type": "bar", "x": [HOSTILE, "y"], "y": [3, 5], "name": HOSTILE}],
        "layout": {"title": {"text": HOSTILE}, "showlegend": True},
    }
    document = opened(get_backend("plotly").html(figure), tmp_path)
    assert "<title>taken over" not in document
    assert body(document).count('class="point"') == 2
    assert "<img" not in body(document)
