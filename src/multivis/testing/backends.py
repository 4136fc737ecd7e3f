"""What every chart backend must do, as a suite that runs on any class.

```python
class TestMine(ChartBackendConformance):
    def make_backend(self): return MyBackend()
    def make_run(self): return Run(library="mine", figure={...})
```
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from multivis.errors import RenderError
from multivis.protocols import ChartBackend, Run

__all__ = ["HOSTILE_TEXT", "ChartBackendConformance"]

HOSTILE_TEXT = "</script><script>window.hacked=1</script><img src=x onerror=hacked()><!--"
"""A title that would run as a script in a page that does not escape it."""


class _Page(HTMLParser):
    """Collects the elements of a page that could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses and event handlers."""
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")
        for name, value in attrs:
            if name in ("src", "href", "data", "action") and tag != "a":
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        """A script is over."""
        self._in_script = False

    def handle_data(self, data: str) -> None:
        """Collect the text of scripts."""
        if self._in_script:
            self.scripts[-1] += data


class ChartBackendConformance:
    """Subclass it and define `make_backend` and `make_run`.

    A backend whose pictures need something that a machine may lack (a browser) raises
    `RenderError` with a hint; the tests of pictures are then skipped with that hint.
    """

    variable: str = "chart"
    """How code of this backend usually names its chart."""

    def make_backend(self) -> ChartBackend:
        """The backend under test."""
        raise AssertionError("define make_backend() in the subclass")

    def make_run(self, title: str = "A title") -> Run:
        """A run of the sandbox that left a small chart of this backend with that title."""
        raise AssertionError("define make_run() in the subclass")

    @pytest.fixture()
    def backend(self) -> ChartBackend:
        """The backend under test."""
        return self.make_backend()

    @pytest.fixture()
    def spec(self, backend: ChartBackend) -> dict[str, Any]:
        """The specification of the small chart."""
        return backend.specification(self.make_run())

    def _png(self, backend: ChartBackend, spec: dict[str, Any], scale: float) -> bytes:
        try:
            return backend.png(spec, scale=scale)
        except RenderError as error:
            if "browser" in str(error):
                pytest.skip(str(error))
            raise

    def test_it_has_a_name(self, backend: ChartBackend) -> None:
        """Its name is one lower-case word."""
        assert backend.name.isidentifier()
        assert backend.name == backend.name.lower()

    def test_its_environment_compiles_and_runs(self, backend: ChartBackend) -> None:
        """The standard imports run in an empty namespace."""
        namespace: dict[str, Any] = {}
        exec(compile(backend.environment(), "<environment>", "exec"), namespace)
        assert {"pd", "np"} <= set(namespace)

    def test_its_save_call_compiles_and_names_the_variable(self, backend: ChartBackend) -> None:
        """The save call is Python that uses the variable it is given."""
        call = backend.save_call(self.variable)
        compile(call, "<save>", "exec")
        assert self.variable in call

    def test_its_specification_is_json(self, spec: dict[str, Any]) -> None:
        """A specification survives JSON unchanged."""
        assert json.loads(json.dumps(spec)) == spec

    def test_a_run_without_a_chart_is_an_error(self, backend: ChartBackend) -> None:
        """A run that left nothing raises RenderError with a next step."""
        with pytest.raises(RenderError) as caught:
            backend.specification(Run())
        assert caught.value.hint

    def test_its_picture_is_a_png_that_decodes(
        self, backend: ChartBackend, spec: dict[str, Any]
    ) -> None:
        """The picture is a PNG with something drawn in it."""
        import io

        from PIL import Image

        picture = Image.open(io.BytesIO(self._png(backend, spec, 1.0))).convert("RGB")
        assert picture.width > 50
        assert picture.height > 50
        colours = picture.getcolors(maxcolors=picture.width * picture.height)
        assert colours is not None
        assert len(colours) > 1

    def test_the_same_specification_gives_the_same_picture(
        self, backend: ChartBackend, spec: dict[str, Any]
    ) -> None:
        """Drawing is deterministic."""
        assert self._png(backend, spec, 1.0) == self._png(backend, spec, 1.0)

    def test_its_svg_is_well_formed(self, backend: ChartBackend, spec: dict[str, Any]) -> None:
        """The SVG is XML with an svg root."""
        from xml.etree import ElementTree

        self._png(backend, spec, 1.0)
        root = ElementTree.fromstring(backend.svg(spec))
        assert root.tag.rsplit("}", 1)[-1] == "svg"

    def test_its_page_loads_nothing_and_takes_no_script_from_the_data(
        self, backend: ChartBackend
    ) -> None:
        """A hostile title stays text: no element, no handler, no address comes of it."""
        plain, hostile = _Page(), _Page()
        plain.feed(backend.html(backend.specification(self.make_run("A title"))))
        hostile.feed(backend.html(backend.specification(self.make_run(HOSTILE_TEXT))))
        assert len(hostile.scripts) == len(plain.scripts)
        assert hostile.handlers == plain.handlers == []
        outside = [a for a in hostile.addresses if not a.startswith(("data:", "#"))]
        assert outside == []
        assert not any("<script>window.hacked" in text for text in hostile.scripts)

    def test_provenance_is_added_to_a_copy_and_read_back(
        self, backend: ChartBackend, spec: dict[str, Any]
    ) -> None:
        """Provenance goes into the specification, and the given one stays as it was."""
        from multivis.charts.provenance import read_provenance

        before = json.dumps(spec, sort_keys=True)
        record = {"question": 'Who "sells" most? ü', "code_sha256": "0" * 64}
        marked = backend.with_provenance(spec, record)
        assert json.dumps(spec, sort_keys=True) == before
        assert read_provenance(json.dumps(marked).encode()) == record

    def test_provenance_changes_nothing_that_is_drawn(
        self, backend: ChartBackend, spec: dict[str, Any]
    ) -> None:
        """The picture with provenance in the specification is the picture without."""
        marked = backend.with_provenance(spec, {"question": "?", "code_sha256": "0" * 64})
        assert self._png(backend, marked, 1.0) == self._png(backend, spec, 1.0)
