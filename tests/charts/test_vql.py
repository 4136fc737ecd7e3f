"""VQL: what it can say, and what Altair makes of it."""

from __future__ import annotations

import pytest

from multivis.charts.vql import KINDS, Vql, parse_vql, vql_to_altair
from multivis.errors import OptionError
from multivis.state import Column

WORD = Column(name="kind of it", type="VARCHAR", kind="nominal")
NUMBER = Column(name="n", type="INTEGER", kind="quantitative")
DAY = Column(name="day", type="TEXT", kind="temporal")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_and_drawn(kind: str):
    vql = parse_vql(f"visualize {kind.upper()}\nSELECT a, COUNT(*)\nFROM t GROUP BY a;")
    assert vql == Vql(kind, "SELECT a, COUNT(*)\nFROM t GROUP BY a")
    code = vql_to_altair(vql, [WORD, NUMBER])
    compile(code, "vql", "exec")
    assert KINDS[kind] in code and "'kind of it'" in code


def test_a_column_is_binned_by_a_unit_of_time():
    vql = parse_vql("VISUALIZE LINE SELECT day, SUM(n) FROM t GROUP BY day BIN day BY MONTH")
    assert vql.sql == "SELECT day, SUM(n) FROM t GROUP BY day"
    code = vql_to_altair(vql, [DAY, NUMBER, WORD])
    assert 'timeUnit="month"' in code and 'aggregate="sum"' in code and "color=" in code


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM t",
        "VISUALIZE CUBE SELECT a, b FROM t",
        "VISUALIZE BAR SELECT a, b FROM t BIN a BY CENTURY",
        "",
    ],
)
def test_what_is_no_vql_is_refused_in_one_sentence(text: str):
    with pytest.raises(OptionError):
        parse_vql(text)


def test_a_chart_needs_two_columns():
    with pytest.raises(OptionError, match="two columns"):
        vql_to_altair(Vql("bar", "SELECT a FROM t"), [WORD])
