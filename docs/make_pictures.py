"""Draw the pictures that README.md shows, from the questions that README.md asks.

Run by `make docs-pictures`. Pictures are cut to 256 colours to stay small.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from multivis import MultiVis
from multivis.cli.demo import QUESTIONS
from multivis.result import Result
from multivis.samples import flights_database, table_file

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 900


def write(name: str, result: Result) -> None:
    """Write one picture; a chart that did not pass is not shown."""
    if not result.passed:
        raise SystemExit(f"{name}: the chart did not pass: {result.failures}")
    picture = Image.open(io.BytesIO(result.png())).convert("RGB")
    if picture.width > WIDTH:
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
    path = PICTURES / f"{name}.png"
    picture.quantize(256).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Draw every picture."""
    PICTURES.mkdir(exist_ok=True)
    flights = flights_database()
    done: dict[str, Result] = {}
    with MultiVis() as agent:
        for question in QUESTIONS:
            data = flights if question.data == "flights" else table_file(question.data)
            existing = done[question.refines].code if question.refines else None
            result = agent.ask(question.question, data, code=question.code, existing=existing)
            done[question.name] = result
            write(question.name, result)


if __name__ == "__main__":
    main()
