"""Draw the pictures of docs/volumes.md: the skull, a chain of follow-ups, all kinds of requests.

python docs/make_request_pictures.py
"""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw

from multivis import MultiVis, Result

PICTURES = Path(__file__).parent / "pictures"
HEAD = "phantom:head?size=96"

CHAIN = (
    "Show the skull, half transparent skin",
    "look from the left",
    "cut away the front",
    "remove the skin, and make the skull steel blue",
)

REQUESTS = (
    ("phantom:head?size=96", "Isosurface at 300 in steel blue from the front"),
    ("phantom:head?size=96", "An axial slice at 40 % with 8 contour lines"),
    ("phantom:head?size=96", "Volume rendering of the bone on a black background"),
    ("phantom:head?size=96", "Isosurface at -300, cut away the left half"),
    ("phantom:vortex", "Streamlines coloured by speed, and arrows"),
    ("phantom:torus", "Reconstruct a surface from the points, in teal"),
    ("phantom:plume", "A film over time of the isosurface at 40 % with 5 frames"),
    ("phantom:head?size=96", "Show the brain, and the skin with opacity 0.2"),
    ("phantom:head?size=96", "Cells between 200 and 900"),
    ("phantom:head?size=96", "Three orthogonal slices in gray scale"),
    ("phantom:head?size=96", "Largest connected part of the skull coloured by elevation"),
    ("phantom:head?size=96", "Maximum intensity projection along y"),
)


def titled(result: Result, title: str, size: tuple[int, int] = (400, 350)) -> Image.Image:
    """A picture with its request above it."""
    if not result.passed:
        raise SystemExit(f"{title}: {result.failures}")
    picture = Image.open(io.BytesIO(result.png())).convert("RGB")
    picture.thumbnail(size)
    made = Image.new("RGB", (size[0], size[1] + 26), "white")
    made.paste(picture, ((size[0] - picture.width) // 2, 26))
    ImageDraw.Draw(made).text((8, 6), title, fill="#20252c")
    return made


def small(result: Result) -> Image.Image:
    """A picture in few colours, for a page that is read over a network."""
    picture = Image.open(io.BytesIO(result.png())).convert("RGB")
    return picture.quantize(224, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def sheet(pictures: list[Image.Image], columns: int) -> Image.Image:
    """Pictures side by side."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    made = Image.new("RGB", (columns * width, rows * height), "white")
    for place, picture in enumerate(pictures):
        made.paste(picture, (place % columns * width, place // columns * height))
    return made


def main() -> None:
    """Ask, and save what was drawn."""
    with TemporaryDirectory() as folder, MultiVis(cache_dir=Path(folder)) as agent:
        result = agent.ask(CHAIN[0], HEAD)
        small(result).save(PICTURES / "volumes-1-skull.png", optimize=True)
        pictures = [titled(result, CHAIN[0])]
        for instruction in CHAIN[1:]:
            result = agent.refine(result, instruction)
            pictures.append(titled(result, instruction))
        sheet(pictures, 4).save(PICTURES / "volumes-2-chain.png", optimize=True)
        pictures = [titled(agent.ask(question, data), question) for data, question in REQUESTS]
        sheet(pictures, 4).save(PICTURES / "volumes-3-requests.png", optimize=True)


if __name__ == "__main__":
    main()
