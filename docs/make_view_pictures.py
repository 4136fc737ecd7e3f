"""Draw the pictures of docs/views.md: states of two views, each by its interaction id.

Run by `make docs-pictures`. Needs Chrome or Chromium for the Plotly figures.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image

from multivis.views import ViewSession, ViewStore

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 900

LINES = """
import plotly.graph_objects as go
days = [f"2024-03-{day:02}" for day in range(1, 32)]
fig = go.Figure(layout={"title": "Visitors a day", "width": 600, "height": 330,
                        "margin": {"t": 50, "b": 40, "l": 50, "r": 20}})
museum = [410, 415, 402, 420, 433, 428, 436, 441, 439, 447, 452, 449, 300, 310, 322,
          340, 361, 377, 390, 402, 411, 419, 425, 433, 440, 446, 455, 459, 463, 470, 472]
garden = [300, 312, 309, 318, 330, 327, 336, 345, 351, 350, 362, 371, 380, 392, 399,
          405, 411, 409, 415, 420, 428, 431, 437, 441, 446, 450, 449, 455, 461, 466, 468]
fig.add_scatter(x=days, y=museum, name="Museum", mode="lines+markers")
fig.add_scatter(x=days, y=garden, name="Garden", mode="lines+markers")
"""

POINTS = """
import altair as alt
import pandas as pd
rows = [{"length": 20 + i % 17 * 2.1, "weight": 3 + i % 13 + i / 9, "species": "AB"[i % 2]}
        for i in range(80)]
chart = alt.Chart(pd.DataFrame(rows), width=260, height=220).mark_circle(size=60).encode(
    x=alt.X("length", title="Length (cm)"), y=alt.Y("weight", title="Weight (kg)"),
    color=alt.Color("species", title="Species"))
"""


def beside(name: str, files: list[str]) -> None:
    """Put pictures side by side and write them with 256 colours."""
    parts = [Image.open(io.BytesIO(Path(file).read_bytes())).convert("RGB") for file in files]
    height = min(part.height for part in parts)
    parts = [part.resize((part.width * height // part.height, height)) for part in parts]
    whole = Image.new("RGB", (sum(part.width for part in parts), height), "white")
    left = 0
    for part in parts:
        whole.paste(part, (left, 0))
        left += part.width
    if whole.width > WIDTH:
        size = (WIDTH, round(whole.height * WIDTH / whole.width))
        whole = whole.resize(size, Image.Resampling.LANCZOS)
    path = PICTURES / f"{name}.png"
    whole.quantize(256).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def lines(views: ViewSession) -> None:
    """A figure, and the part of it that was zoomed to with a trace switched off."""
    plot = views.show_plot(LINES)["plot_id"]
    views.relayout(plot, x_min="2024-03-10", x_max="2024-03-16")
    views.legendclick(plot, 1)
    events = [event["id"] for event in views.query_interactions(plot)["events"]]
    shown = [views.get_plot_image(plot, event)["image_path"] for event in (events[0], events[-1])]
    beside("views-1-zoom", shown)
    print(json.dumps(views.ask(plot, "Why did it drop here?")["text"]))


def points(views: ViewSession) -> None:
    """A Vega-Lite chart before and after a box selection."""
    plot = views.show_plot(POINTS)["plot_id"]
    views.selected(plot, x_min=30, x_max=45, y_min=10, y_max=18)
    events = [event["id"] for event in views.query_interactions(plot)["events"]]
    shown = [views.get_plot_image(plot, event)["image_path"] for event in events]
    beside("views-2-selection", shown)


def main() -> None:
    """Draw every picture."""
    PICTURES.mkdir(exist_ok=True)
    with ViewStore() as store, store.session("docs") as views:
        lines(views)
        points(views)


if __name__ == "__main__":
    main()
