"""The backends: lookup, pictures, pages, provenance."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.backends import BACKENDS, get_backend
from multivis.charts.backends.plotly import _Browser
from multivis.charts.pages import safe_json
from multivis.charts.provenance import png_with_provenance, read_provenance
from multivis.errors import OptionError, RenderError
from multivis.protocols import ChartBackend, Run
from multivis.testing.backends import ChartBackendConformance

BAR = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
    "data": {"values": [{"a": "x", "b": 3}, {"a": "y", "b": 5}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "a", "type": "nominal"},
        "y": {"field": "b", "type": "quantitative"},
    },
}


def matplotlib_picture(title: str = "A title") -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 2))
    FigureCanvasAgg(figure)
    figure.subplots().bar(["x", "y"], [3, 5])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


class TestAltair(ChartBackendConformance):
    def make_backend(self) -> ChartBackend:
        return get_backend("altair")

    def make_run(self, title: str = "A title") -> Run:
        return Run(library="altair", spec={**BAR, "title": title})


@pytest.mark.browser
class TestPlotly(ChartBackendConformance):
    variable = "fig"

    def make_backend(self) -> ChartBackend:
        return get_backend("plotly")

    def make_run(self, title: str = "A title") -> Run:
        figure = {
            "data": [{"type": "bar", "x": ["x", "y"], "y": [3, 5]}],
            "layout": {"title": {"text": title}, "width": 300, "height": 200},
        }
        return Run(library="plotly", figure=figure)


class TestMatplotlib(ChartBackendConformance):
    variable = "fig"

    def make_backend(self) -> ChartBackend:
        return get_backend("matplotlib")

    def make_run(self, title: str = "A title") -> Run:
        figure = {"axes": [{"title": title}]}
        return Run(library="matplotlib", figure=figure, image=matplotlib_picture())


def test_an_unknown_backend_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(OptionError, match="'altair', 'plotly', 'matplotlib'"):
        get_backend("ggplot")


def test_the_mapping_of_backends_loads_each_by_its_name() -> None:
    assert list(BACKENDS) == ["altair", "plotly", "matplotlib"]
    assert all(BACKENDS[name].name == name for name in BACKENDS)
    assert "ggplot" not in BACKENDS
    assert BACKENDS["altair"] is get_backend("altair")


def test_importing_the_backends_imports_no_chart_library() -> None:
    import subprocess
    import sys

    program = (
        "import sys, multivis.charts.backends as b; b.get_backend('altair');"
        "b.get_backend('plotly'); b.get_backend('matplotlib');"
        "heavy = {'altair','plotly','matplotlib','pandas','vl_convert','kaleido'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_altair_specification_that_cannot_be_drawn_says_why() -> None:
    with pytest.raises(RenderError, match="Unexpected end of input"):
        get_backend("altair").png({**BAR, "transform": [{"filter": "foo(("}]})


def test_an_altair_picture_loads_no_file(tmp_path: Any) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\nsecret,1\n")
    svg = get_backend("altair").svg({**BAR, "data": {"url": secret.as_uri()}})
    assert "secret" not in svg


def test_a_vega_specification_is_drawn_too() -> None:
    import vl_convert

    vega = vl_convert.vegalite_to_vega(BAR)
    assert get_backend("altair").png(vega).startswith(b"\x89PNG")
    assert '"vega"' in get_backend("altair").html(vega)


def test_scale_sets_the_size_of_an_altair_picture() -> None:
    backend = get_backend("altair")
    one, two = (int.from_bytes(backend.png(BAR, scale=s)[16:20], "big") for s in (1, 2))
    assert abs(two - 2 * one) <= 1


def test_without_a_browser_a_plotly_picture_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import kaleido

    def no_chrome(*_: Any, **__: Any) -> None:
        raise RuntimeError("Kaleido v1 and later requires Chrome to be installed.\nmore")

    monkeypatch.setattr(kaleido, "start_sync_server", no_chrome)
    with pytest.raises(RenderError, match="requires Chrome") as caught:
        _Browser().draw({"data": [], "layout": {}}, {"format": "png"})
    assert "apt-get install chromium" in caught.value.hint


def test_without_kaleido_a_plotly_picture_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(RenderError, match=r"multivis\[png\]"):
        _Browser().draw({"data": [], "layout": {}}, {"format": "png"})


def test_plotly_provenance_keeps_what_the_author_wrote_in_meta() -> None:
    backend = get_backend("plotly")
    given = {"question": "?"}
    for meta, expected in (
        ({"a": 1}, {"a": 1, "multivis": given}),
        (["first"], ["first", {"multivis": given}]),
        ("text", "text"),
    ):
        spec = {"data": [], "layout": {"meta": meta, "title": {"text": "%{meta}"}}}
        marked = backend.with_provenance(spec, given)
        assert marked["layout"]["meta"] == expected
        assert read_provenance(json.dumps(marked).encode()) == given


def test_marking_twice_keeps_one_provenance() -> None:
    spec: dict[str, Any] = {"data": [], "layout": {"meta": ["first"]}}
    for question in ("one", "two"):
        spec = get_backend("plotly").with_provenance(spec, {"question": question})
    assert spec["layout"]["meta"] == ["first", {"multivis": {"question": "two"}}]


def test_a_matplotlib_specification_without_its_picture_is_an_error() -> None:
    backend = get_backend("matplotlib")
    for broken in ({}, {"image": {"base64": "%%%"}}, {"image": {"base64": "AAAA"}}, {"image": 3}):
        with pytest.raises(RenderError, match="picture"):
            backend.png(broken)


def test_a_matplotlib_run_of_another_library_is_refused() -> None:
    with pytest.raises(RenderError, match="no Matplotlib figure"):
        get_backend("matplotlib").specification(Run(library="plotly", figure={"data": []}))


def test_the_matplotlib_save_call_works_for_pyplot_figures_and_axes(tmp_path: Any) -> None:
    import subprocess
    import sys

    backend = get_backend("matplotlib")
    for variable, make in (("plt", "plt.plot([1])"), ("ax", "fig, ax = plt.subplots()")):
        program = f"{backend.environment()}\n{make}\n{backend.save_call(variable)}"
        folder = tmp_path / variable
        folder.mkdir()
        subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, timeout=120)
        assert (folder / "chart.png").read_bytes().startswith(b"\x89PNG")


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=5))
@settings(deadline=None, max_examples=60)
def test_provenance_in_a_png_is_read_back_whatever_the_text(record: dict[str, str]) -> None:
    png = get_backend("matplotlib").png({"image": {"base64": _PIXEL}})
    assert read_provenance(png_with_provenance(png, record)) == record


_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def test_a_png_with_provenance_opens_and_is_marked_once() -> None:
    from PIL import Image

    png = matplotlib_picture()
    marked = png_with_provenance(png_with_provenance(png, {"question": "one"}), {"question": "two"})
    picture = Image.open(io.BytesIO(marked))
    picture.load()
    assert json.loads(picture.info["multivis"]) == {"question": "two"}
    assert picture.tobytes() == Image.open(io.BytesIO(png)).tobytes()


def test_provenance_is_read_from_files(tmp_path: Any) -> None:
    png, spec = tmp_path / "chart.png", tmp_path / "chart.json"
    png.write_bytes(png_with_provenance(matplotlib_picture(), {"question": "q"}))
    spec.write_text(json.dumps(get_backend("altair").with_provenance(BAR, {"question": "q"})))
    assert read_provenance(png) == read_provenance(str(spec)) == {"question": "q"}


def test_a_file_without_provenance_gives_none() -> None:
    assert read_provenance(matplotlib_picture()) is None
    assert read_provenance(json.dumps(BAR).encode()) is None
    assert read_provenance(b"[1, 2]") is None


def test_a_file_that_is_no_chart_is_an_error() -> None:
    with pytest.raises(RenderError, match="cannot be read"):
        read_provenance(b"\xff\xd8\xff\xe0 a jpeg")
    with pytest.raises(RenderError, match="not a PNG"):
        png_with_provenance(b"GIF89a", {})


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner, max_size=3)))
@settings(deadline=None)
def test_json_in_a_page_reads_back_and_cannot_close_its_element(value: Any) -> None:
    text = safe_json([value, "</script>\u2028"])
    assert json.loads(text) == [value, "</script>\u2028"]
    assert not set("<>&\u2028\u2029") & set(text)
