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


def test_one_long_label_on_its_step_stays_whole() -> None:
    boxes = [TextBox(80 * step - 45, 10, 80 * step + 45, 20) for step in range(1, 6)]
    letters = np.array([(int(box.left), 10, int(box.right), 20) for box in boxes])
    assert split_by_lattice(boxes, Glyphs(letters, np.zeros((30, 500), dtype=bool))) == boxes
