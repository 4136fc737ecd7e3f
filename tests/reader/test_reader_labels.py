"""Labels that stand close together."""

from __future__ import annotations

import numpy as np

from multivis.reader.textboxes import Glyphs, TextBox, split_by_lattice


def test_labels_that_almost_touch_are_parted_where_the_steps_say() -> None:
    spans = [(93, 147), (166, 234), (253, 307), (319, 400), (405, 475), (503, 537), (578, 622)]
    letters = np.array([(left, 10, right, 20) for left, right in spans])
    boxes = [TextBox(left, 10, right, 20) for left, right in (*spans[:3], *spans[5:])]
    boxes.insert(3, TextBox(319, 10, 475, 20))
    parted = split_by_lattice(boxes, Glyphs(letters, np.zeros((30, 700), dtype=bool)))
    assert [(box.left, box.right) for box in parted] == spans


def test_labels_of_two_words_are_parted_between_them_where_all_spaces_are_alike() -> None:
    words = [(207, 235), (239, 273), (277, 320), (324, 343), (347, 372), (376, 413)]
    alone = [(75, 125), (145, 195), (425, 475), (495, 545)]
    letters = np.array([(left, 10, right, 20) for left, right in (*alone, *words)])
    boxes = [TextBox(left, 10, right, 20) for left, right in alone]
    boxes.insert(2, TextBox(207, 10, 413, 20))
    parted = split_by_lattice(boxes, Glyphs(letters, np.zeros((30, 600), dtype=bool)))
    assert [(box.left, box.right) for box in parted] == [
        *alone[:2], (207, 273), (277, 343), (347, 413), *alone[2:]
    ]  # fmt: skip


def test_one_long_label_on_its_step_stays_whole() -> None:
    boxes = [TextBox(80 * step - 45, 10, 80 * step + 45, 20) for step in range(1, 6)]
    letters = np.array([(int(box.left), 10, int(box.right), 20) for box in boxes])
    assert split_by_lattice(boxes, Glyphs(letters, np.zeros((30, 500), dtype=bool))) == boxes


def test_a_round_letter_is_no_legend_dot() -> None:
    from PIL import Image, ImageDraw, ImageFont

    from multivis.reader.legend import is_swatch
    from multivis.reader.raster import Raster

    page = Image.new("RGB", (60, 30), "white")
    pen = ImageDraw.Draw(page)
    pen.text((5, 5), "e", "black", font=ImageFont.load_default(13))
    pen.ellipse((40, 8, 47, 15), fill="black")
    pixels = np.asarray(page)
    ink = pixels.max(axis=2) < 210
    raster = Raster(pixels, 1.0, np.full(3, 255.0), False, pixels, page.size)

    def shape(columns: slice) -> str:
        part = np.zeros_like(ink)
        part[:, columns] = ink[:, columns]
        rows, cols = np.nonzero(part)
        box = (int(cols.min()), int(rows.min()), int(cols.max()) + 1, int(rows.max()) + 1)
        return is_swatch(ink, raster, box)

    assert shape(slice(0, 30)) == ""
    assert shape(slice(30, 60)) == "dot"
