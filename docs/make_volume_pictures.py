"""Draw the pictures of docs/volume_features.md: views of the index, and the learning curve.

    python docs/make_volume_pictures.py [--phantoms 6] [--index FILE]

With `--index`, views that are there (benchmarks/volume_features.py makes them) are used again.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from multivis.volumes import open_volume
from multivis.volumes.features import FeatureIndex, learn
from multivis.volumes.features.report import draw_report, learning_report

PICTURES = Path(__file__).parent / "pictures"
FIRST_SEED = 100
VIEWS = 300


def draw_curve(phantoms: int, index: FeatureIndex) -> None:
    """Vocabulary, consistency and error over the views, on several random heads."""
    reports = []
    for seed in range(FIRST_SEED, FIRST_SEED + phantoms):
        with open_volume(f"phantom:head?seed={seed}") as source:
            learn(source, index, views=VIEWS, pictures=False)
            reports.append(learning_report(source, index))
            print(f"seed {seed}: {len(reports[-1].views)} points", flush=True)
    title = f"{phantoms} random head phantoms, thick: mean"
    draw_report(reports, PICTURES / "features-2-learning.png", title=title)


def draw_views(rows: int = 2, columns: int = 6) -> None:
    """The first views of the standard head, as the index keeps them."""
    from PIL import Image, ImageDraw

    with open_volume("phantom:head?size=96") as source, FeatureIndex() as index:
        learn(source, index, views=40)
        shown = [view for view in index.views(1) if index.picture(view.number)]
        shown = [view for view in shown if view.statistics["parts"] < 200][: rows * columns]
        width, height, line = 160, 140, 16
        sheet = Image.new("RGB", (columns * width, rows * (height + line)), "white")
        text = ImageDraw.Draw(sheet)
        for place, view in enumerate(shown):
            left, top = place % columns * width, place // columns * (height + line)
            picture = index.picture(view.number)
            assert picture is not None
            sheet.paste(Image.open(io.BytesIO(picture)), (left, top))
            cut = ", cut" if view.plan.cut else ""
            label = f"{view.plan.isovalue:.0f} HU{cut}"
            text.text((left + width / 2, top + height), label, fill="#444444", anchor="ma")
    sheet.save(PICTURES / "features-1-views.png", optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--phantoms", type=int, default=6)
    parser.add_argument("--index", type=Path)
    given = parser.parse_args()
    draw_views()
    with FeatureIndex(given.index or ":memory:") as opened:
        draw_curve(given.phantoms, opened)
