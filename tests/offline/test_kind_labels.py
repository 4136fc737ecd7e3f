"""Names and values on the marks are asked for in many words; other uses of these words ask none."""

from __future__ import annotations

import pytest

from multivis.offline.kind_labels import asks_for_labels


@pytest.mark.parametrize(
    "text",
    [
        "wage against age of the workers, and label every worker by name",
        "label the slices with the number of loans",
        "a labelled pie of the farms per crop",
        "one bar per boat with the weight printed inside in black or white",
        "stack the crops in one bar per farm and write the numbers inside",
        "bars from the lowest to the highest price with the numbers at both ends",
        "radial chart of the boats by harbour, the number as the size and printed on it",
        "horizontal bars coloured by the total; the value goes inside the bar",
        "points for the towers with the name a little to the right of the marker",
        "a matrix of farm by crop with the weight written in the tiles",
        "stacked bars of the boats, each piece carrying its number in white",
        "a pie of the loans, write the kind outside each slice and drop the legend",
        "floating bars with rounded corners, and both numbers next to the ends",
        "one bar per floor with white figures telling how many rooms are free",
    ],
)
def test_words_ask_for_labels(text: str) -> None:
    assert asks_for_labels(text)


@pytest.mark.parametrize(
    "text",
    [
        "show the four largest farms ranked in bars",
        "a line of the wages where i see the value when i hover over each point",
        "step chart of the loans with a line on top",
        "label the x-axis with the name of the month",
        "a bar per farm, label on the vertical axis: wage",
        "make sure to label the axes clearly with appropriate titles",
        "bars of the farms, but no text labels on the bars please",
        "bin the depth and the width and put a bubble in every cell",
        "horizontal bars with percentages on the x-axis",
        "the white share of each town against the black share",
        "click on a point to see the boats of its harbour in the bar chart",
    ],
)
def test_other_words_ask_for_none(text: str) -> None:
    assert not asks_for_labels(text)
