"""Any text gives facts or a clear error; every reference of the benchmark is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multivis.charts.reference import Source, read_code
from multivis.errors import CodeError

WORDS = [
    "alt.Chart(df)", ".mark_bar()", ".encode(", "x='a:Q'", ",", ")", "(", "\n", "chart = ",
    "import altair as alt\n", "alt.X('b')", ".title('ä€𝄞')", " + ", "alt.layer(", "for i in x:\n",
    "    ", "plt.bar(x, y)", "import matplotlib.pyplot as plt\n", "alt.value(1)", "lambda: ",
    "f'{a}:Q'", "**{'x': 'a'}", "[", "]", "alt.when(", ".then(", ".otherwise(", "*a",
]  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=30).map("".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_facts_or_a_clear_error(text: str) -> None:
    try:
        facts = read_code(text)
    except CodeError as error:
        assert error.message
    else:
        json.dumps(facts.to_dict())


@given(st.text(alphabet="aä€𝄞 '\t", max_size=30))
def test_positions_are_in_characters_whatever_the_text_holds(text: str) -> None:
    quoted = repr(text)
    source = Source(f"é = 1; a = {quoted}; b = call({quoted}, c)\n")
    node = source.tree.body[1].value  # type: ignore[attr-defined]
    assert source.segment(node) == quoted
    assert source.segment(source.tree.body[2].value) == f"call({quoted}, c)"  # type: ignore[attr-defined]


@pytest.mark.data
@pytest.mark.parametrize("folder", ["code/altair", "code/matplotlib", "vis_modify"])
def test_every_reference_code_is_read_and_has_a_mark(shared_data: Path, folder: str) -> None:
    files = sorted((shared_data / "multivis_bench" / folder).glob("*.py"))
    written = [p for p in files if p.read_text().strip()]  # two of the files are empty
    assert len(written) >= 78
    without = [p.name for p in written if not read_code(p.read_text()).marks]
    assert without == []
