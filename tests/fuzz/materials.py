"""Specifications, pictures, reference code and volumes from their descriptions."""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import struct
import warnings
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["BASE_CODE", "base_specs", "changed_spec", "edited_code", "make_image", "make_volume"]

_ROWS = [
    {"region": "a", "amount": 3, "day": "2020-01-01", "size": 1.5},
    {"region": "b", "amount": -1, "day": "2020-01-02", "size": None},
    {"region": "a", "amount": 7, "day": "2020-02-03", "size": 2.5},
    {"region": "c", "amount": 0, "day": "2021-01-01", "size": 0.0},
]


def _vega(mark: Any, **encoding: Any) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": _ROWS},
        "mark": mark,
        "encoding": encoding,
    }


_REGION = {"field": "region", "type": "nominal"}
_AMOUNT = {"field": "amount", "type": "quantitative"}
_DAY = {"field": "day", "type": "temporal"}


@cache
def base_specs() -> tuple[dict[str, Any], ...]:
    """Sound specifications of many forms."""
    bar = _vega("bar", x=_REGION, y=_AMOUNT)
    line = _vega({"type": "line", "point": True}, x=_DAY, y=_AMOUNT, color=_REGION)
    vega: list[dict[str, Any]] = [
        bar,
        line,
        _vega("bar", x=_REGION, y={"aggregate": "sum", **_AMOUNT, "stack": "normalize"},
        color=_REGION),
        _vega("bar", x={"bin": True, **_AMOUNT}, y={"aggregate": "count"}),
        _vega("arc", theta=_AMOUNT, color=_REGION),
        _vega("rect", x=_REGION, y={"timeUnit": "yearmonth", **_DAY}, color={"aggregate": "mean",
        **_AMOUNT}),
        _vega("boxplot", x=_REGION, y=_AMOUNT),
        _vega("point", x=_AMOUNT, y={"field": "size", "type": "quantitative",
        "scale": {"type": "log"}}),
        {**bar, "transform": [{"filter": "datum.amount > 0"}, {"calculate": "datum.amount * 2",
        "as": "amount"},
                              {"window": [{"op": "rank", "as": "r"}],
                              "sort": [{"field": "amount"}]}]},
        {"data": {"values": _ROWS}, "layer": [
            {"mark": "bar", "encoding": bar["encoding"]},
            {"mark": {"type": "rule", "color": "red"}, "encoding": {"y": {"datum": 3}}},
            {"mark": "text", "encoding": {"text": _AMOUNT, "x": _REGION, "y": _AMOUNT}}]},
        {"data": {"values": _ROWS}, "hconcat": [
            {"mark": "bar", "encoding": bar["encoding"]}, {"mark": "line",
            "encoding": line["encoding"]}]},
        {"data": {"values": _ROWS}, "facet": {"column": _REGION},
         "spec": {"mark": "point", "encoding": {"x": _DAY, "y": _AMOUNT}}},
        {"data": {"values": _ROWS}, "repeat": ["amount", "size"],
         "spec": {"mark": "bar", "encoding": {"x": {"field": {"repeat": "repeat"},
         "type": "quantitative"}}}},
        {**line, "params": [{"name": "zoom", "select": "interval", "bind": "scales"},
                            {"name": "pick", "select": {"type": "point", "fields": ["region"]},
                            "bind": "legend"}]},
        {**bar, "datasets": {"d": _ROWS}, "data": {"name": "d"}, "title": {"text": ["A", "b"]}},
    ]  # fmt: skip
    x, y = ["a", "b", "a", "c"], [3, -1, 7, 0]
    days = [row["day"] for row in _ROWS]
    traces: list[list[dict[str, Any]]] = [
        [{"type": "bar", "x": x, "y": y, "name": "s"}],
        [{"type": "scatter", "mode": "lines+markers", "x": days, "y": y, "name": "A"},
         {"type": "scatter", "x": days, "y": [1, None, 2, 3], "yaxis": "y2", "name": "B"}],
        [{"type": "pie", "labels": x, "values": [3, 1, 7, 0]}],
        [{"type": "histogram", "x": y, "nbinsx": 3}, {"type": "histogram", "x": [1, 2]}],
        [{"type": "box", "y": y, "name": "b"}, {"type": "violin", "y": y}],
        [{"type": "heatmap", "z": [[1, 2], [3, None]], "x": ["p", "q"], "y": [1, 2]}],
        [{"type": "scatter", "mode": "markers", "x": y, "y": y, "marker": {"size": [1, 2, 3, 4],
        "color": y}}],
        [{"type": "scatter3d", "x": y, "y": y, "z": y}, {"type": "sankey", "node": {},
        "link": {}}],
        [{"type": "scatter", "stackgroup": "one", "x": y, "y": y}, {"type": "bar", "x": y, "y": x,
        "orientation": "h"}],
        [{"type": "candlestick", "x": days, "open": y, "high": y, "low": y, "close": y},
        {"type": "funnel", "y": x, "x": y}],
    ]  # fmt: skip
    layouts: list[dict[str, Any]] = [
        {},
        {
            "title": {"text": "T"},
            "barmode": "stack",
            "xaxis": {"title": {"text": "x"}, "range": [0, 2]},
        },
        {
            "yaxis": {"type": "log"},
            "yaxis2": {"overlaying": "y", "side": "right"},
            "legend": {"x": 1},
        },
    ]
    plotly = [
        {"data": data, "layout": layouts[index % 3], "frames": [{"name": "f", "data": data}]}
        if index == 6
        else {"data": data, "layout": layouts[index % 3]}
        for index, data in enumerate(traces)
    ]
    return (*vega, *plotly)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        found += _paths(inner, (*path, key))
    return found


def changed_spec(made: Mapping[str, Any]) -> dict[str, Any]:
    """A base specification with its changes."""
    bases = base_specs()
    spec: dict[str, Any] = copy.deepcopy(bases[made["base"] % len(bases)])
    for place, kind, value in made["changes"]:
        paths = _paths(spec)
        if not paths:
            break
        *parents, last = paths[place % len(paths)]
        holder: Any = spec
        for key in parents:
            holder = holder[key]
        if kind == "set":
            holder[last] = copy.deepcopy(value)
        elif kind == "delete":
            del holder[last]
        elif kind == "repeat" and isinstance(holder, list):
            holder.extend(copy.deepcopy(holder) * 2)
        elif kind == "rename" and isinstance(holder, dict):
            holder[f"{last}x"] = holder.pop(last)
    return spec


# ── code ────────────────────────────────────────────────────────────────────────────────────

_ATTACK = "\nimport os, socket\nos.environ.get('HOME')\nopen('/etc/passwd').read()\n"
BASE_CODE = (
    "import altair as alt\nimport pandas as pd\n\ndf = pd.read_csv('sales.csv')\n"
    "chart = alt.Chart(df, title='Sales').mark_bar(color='teal').encode(\n"
    "    x=alt.X('region:N', sort='-y'),\n    y=alt.Y('sum(amount):Q', title='Amount'),\n"
    "    tooltip=['region', 'amount'],\n).properties(width=400)\nchart.save('chart.html')\n",
    "import altair as alt\nbase = alt.Chart(df).encode(x='day:T', y='amount:Q', "
    "color='region:N')\n"
    "chart = (base.mark_line() + base.mark_point()).interactive()\nchart\n",
    "import plotly.express as px\nfig = px.bar(df, x='region', y='amount', color='region', "
    "title='T')\n"
    "fig.update_layout(template='plotly_white', legend_title_text='R')\nfig.show()\n",
    "import plotly.graph_objects as go\nfig = go.Figure(go.Pie(labels=df['region'], "
    "values=df['amount'],"
    " hole=0.4))\nfig.show()\n",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(6, 4))\n"
    "ax.bar(df['region'], df['amount'], "
    "color='C1')\nax.set_title('Sales')\nplt.savefig('x.png')\n",
    "import seaborn as sns\nsns.set_theme()\nsns.barplot(data=df, x='region', y='amount')\n",
    "import sqlite3\nimport pandas as pd\nimport altair as alt\nconnection = "
    "sqlite3.connect('shop.db')\n"
    'df = pd.read_sql("SELECT region, SUM(amount) AS amount FROM sales GROUP BY region", '
    'connection)\n'
    "alt.Chart(df).mark_arc().encode(theta='amount', color='region')\n",
    "import altair as alt\n"
    "chart = alt.Chart(df).mark_bar().encode(x='region', y='amount')\n" + _ATTACK,
    "library(ggplot2)\nggplot(df, aes(x = region, y = amount)) + geom_bar(stat = 'identity')\n",
    "const chart = new Chart(ctx, { type: 'bar', data: { labels: ['a'], datasets: [] } });\n",
    '{"mark": "bar", "encoding": {"x": {"field": "region"}}}',
    "import altair as alt\n"
    "chart = alt.Chart(df).mark_bar().encode(x=" + "(" * 300 + "'a'" + ")" * 300 + ")\n",
    "import altair as alt\nx = " + "+".join(["1"] * 3000) + "\nchart = alt.Chart(df).mark_bar()\n",
    "import altair as alt\nx = " + "-" * 3000 + "1\nchart = alt.Chart(df).mark_bar()\n",
    "import altair as alt\nx = " + "[" * 150 + "]" * 150 + "\nchart = alt.Chart(df).mark_bar()\n",
    "import altair as alt\n# " + "x" * 150_000 + "\n"
    "chart = alt.Chart(df).mark_bar().encode(x='region')\n",
    "import altair as alt\nx = '" + "y" * 1_000_000 + "'\nchart = alt.Chart(df).mark_bar()\n",
    "import altair as alt\n" + "x = 1\n" * 20_000 + "chart = alt.Chart(df).mark_bar()\n",
    "chart = alt.Chart(df)" + ".mark_bar()" * 400 + "\n",
    "import altair as alt\nif True:\n" + "".join(" " * n + "if True:\n" for n in range(1,
    95)) + " " * 95
    + "chart = alt.Chart(df).mark_bar()\n",
    "import altair as alt\nwhile True:\n    chart = alt.Chart(df).mark_bar()\n",
    "import altair as alt\nchart = eval(\"alt.Chart(df).mark_bar()\")\nexec('import os')\n",
    "",
    "x = 1\n",
)  # fmt: skip


def edited_code(made: Mapping[str, Any]) -> str:
    """A base code with its edits: at a share of its length, some letters become others."""
    code = BASE_CODE[made["base"] % len(BASE_CODE)]
    for share, length, text in made["edits"]:
        at = int(share * len(code))
        code = code[:at] + text + code[at + length :]
    return code


def code_bytes(code: str, how: str) -> bytes:
    """Code as the bytes of a file."""
    if how == "notebook":
        cells = [
            {"cell_type": "code", "source": code.splitlines(True), "metadata": {}, "outputs": []}
        ]
        book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(book).encode()
    encoding = {"latin-1": "latin-1", "utf-16": "utf-16"}.get(how, "utf-8")
    return code.encode(encoding, "replace")


# ── pictures ────────────────────────────────────────────────────────────────────────────────


def make_image(made: Mapping[str, Any], folder: Path) -> Path:
    """Write a picture file."""
    import numpy as np
    from PIL import Image

    dice = np.random.default_rng(made["seed"])
    width, height = made["width"], made["height"]
    if width * height > 8_000_000:
        height = 400
    picture = Image.fromarray(_pixels(made["kind"], width, height, dice))
    with warnings.catch_warnings(), contextlib.suppress(ValueError, KeyError, OSError):
        warnings.simplefilter("ignore")
        picture = picture.convert(made["mode"])
    content = _encoded(picture, made)
    if made["extra"] in ("cut", "flip", "trailing") and content:
        at = int(made["at"] * (len(content) - 1))
        if made["extra"] == "cut":
            content = content[:at]
        elif made["extra"] == "trailing":
            content += b"\x00" * 1000
        else:
            content = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
    elif made["extra"] == "huge_header":
        content = _huge_png()
    elif made["extra"] == "text":
        content = b"this is no picture\n"
    path = folder / f"picture{made['ending']}"
    path.write_bytes(content)
    return path


def _encoded(picture: Any, made: Mapping[str, Any]) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    options: dict[str, Any] = {}
    if made["extra"] == "exif":
        exif = Image.Exif()
        exif[0x0112] = 1 + made["seed"] % 8
        options["exif"] = exif.tobytes()
    if made["extra"] == "icc":
        options["icc_profile"] = b"not a profile"
    if made["extra"] == "animated" and made["format"] in ("GIF", "PNG", "WEBP"):
        options |= {"save_all": True, "append_images": [picture.rotate(180)], "duration": 50}
    for attempt in (picture, picture.convert("RGB")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                attempt.save(target, made["format"], **options)
            return target.getvalue()
        except (OSError, ValueError, KeyError, SystemError, TypeError, AttributeError):
            target = io.BytesIO()
    picture.convert("RGB").save(target, "PNG")
    return target.getvalue()


def _huge_png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def _pixels(kind: str, width: int, height: int, dice: Any) -> Any:
    import numpy as np

    page = np.full((height, width, 3), 255, np.uint8)
    if kind == "noise":
        return dice.integers(0, 256, page.shape, dtype=np.uint8)
    if kind == "gradient":
        page[:] = np.linspace(0, 255, width, dtype=np.uint8)[None, :, None]
        return page
    if kind == "photo":
        small = dice.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        from PIL import Image

        blown = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        grain = dice.normal(0, 8, page.shape)
        return np.clip(np.asarray(blown) + grain, 0, 255).astype(np.uint8)
    if kind == "flat":
        page[:] = dice.integers(0, 256, 3)
        return page
    return _drawn(kind, width, height, dice)


def _drawn(kind: str, width: int, height: int, dice: Any) -> Any:
    import numpy as np
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)

    def some(most: int, least: int = 0) -> int:
        return int(dice.integers(least, max(most, least + 1)))

    def colour() -> tuple[int, int, int]:
        return (some(256), some(256), some(256))

    if kind in ("chart", "grid"):
        left, bottom = width // 8, height - height // 8
        pen.line((left, height // 10, left, bottom, width - 9, bottom), fill="black")
        for step in range(6):
            y = bottom - step * (bottom - height // 10) // 6
            if kind == "grid":
                pen.line((left, y, width - 9, y), fill=(221, 221, 221))
            pen.text((2, y - 5), str(step * some(50)), fill="black")
            x = left + step * (width - left) // 7 + 5
            pen.text((x, bottom + 3), chr(65 + step), fill="black")
            high = some(max(bottom - height // 10, 1))
            pen.rectangle((x, bottom - high, x + max(width // 15, 1), bottom), fill=(31, 119, 180))
    elif kind == "disc":
        box = (
            width // 5,
            height // 5,
            max(width * 4 // 5, width // 5),
            max(height * 4 // 5, height // 5),
        )
        for part in range(4):
            pen.pieslice(box, part * 90, part * 90 + some(120), fill=colour())
    for _ in range(12 if kind in ("lines", "blocks", "text") else 0):
        x, y = some(width), some(height)
        if kind == "lines":
            pen.line((x, y, some(width), some(height)), fill=colour(), width=some(4, 1))
        elif kind == "blocks":
            pen.rectangle((x, y, x + some(width), y + some(height)), fill=colour())
        else:
            pen.text((x, y), f"Some words {some(999)}", fill="black")
    return np.asarray(picture)


# ── volumes ─────────────────────────────────────────────────────────────────────────────────


def make_volume(made: Mapping[str, Any], folder: Path) -> Path:
    """Write a small volume file with changed bytes."""
    content = _volume_bytes(made["ending"])
    for share, length, put in made["edits"]:
        at = int(share * len(content))
        content = content[:at] + put + content[at + length :]
    if made["cut"] is not None:
        content = content[: int(made["cut"] * len(content))]
    if made["ending"] == ".nii.gz":
        content = gzip.compress(content)
    if made["ending"] in (".mhd", ".nhdr"):
        (folder / "volume.raw").write_bytes(bytes(range(60)) * 2)
    path = folder / f"volume{made['ending']}"
    path.write_bytes(content)
    return path


def _volume_bytes(ending: str) -> bytes:
    values = bytes(range(60)) * 2  # 3 x 4 x 5 of 16 bit
    if ending in (".mhd", ".mha"):
        data = "LOCAL" if ending == ".mha" else "volume.raw"
        head = (
            "ObjectType = Image\nNDims = 3\nDimSize = 3 4 5\nElementSpacing = 1 1 2\nOffset "
            "= 0 0 0\n"
            f"ElementType = MET_SHORT\nElementDataFile = {data}\n"
        )
        return head.encode() + (values if ending == ".mha" else b"")
    if ending in (".nrrd", ".nhdr"):
        head = (
            "NRRD0004\ntype: short\ndimension: 3\nsizes: 3 4 5\nencoding: raw\nendian: little\n"
            "space: left-posterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
        )
        return (
            (head + "\n").encode() + values
            if ending == ".nrrd"
            else (head + "data file: volume.raw\n\n").encode()
        )
    if ending in (".nii", ".nii.gz"):
        header = bytearray(352)
        struct.pack_into("<i", header, 0, 348)
        struct.pack_into("<8h", header, 40, 3, 3, 4, 5, 1, 1, 1, 1)
        struct.pack_into("<2h", header, 70, 4, 16)
        struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
        struct.pack_into("<3f", header, 108, 352, 1, 0)
        header[344:348] = b"n+1\x00"
        return bytes(header) + values
    if ending == ".vtk":
        numbers = " ".join(str(value) for value in range(60))
        return (
            "# vtk DataFile Version 3.0\nx\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 3 4 5\n"
            f"ORIGIN 0 0 0\nSPACING 1 1 1\nPOINT_DATA 60\nSCALARS v short 1\nLOOKUP_TABLE "
            f"default\n{numbers}\n"
        ).encode()
    if ending == ".vti":
        numbers = " ".join(str(value) for value in range(60))
        return (
            '<?xml version="1.0"?>\n<VTKFile type="ImageData" version="0.1" '
            'byte_order="LittleEndian">\n'
            '<ImageData WholeExtent="0 2 0 3 0 4" Origin="0 0 0" Spacing="1 1 1">\n'
            '<Piece Extent="0 2 0 3 0 4"><PointData Scalars="v">\n'
            f'<DataArray type="Int16" Name="v" format="ascii">{numbers}</DataArray>\n'
            "</PointData></Piece></ImageData></VTKFile>\n"
        ).encode()
    return b"\x00" * 128 + b"DICM" + values
