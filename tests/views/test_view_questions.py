"""Questions that name periods, values and pairs, against plain sums over the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multivis.views import Answer, ViewSession, ViewStore, answer_about

YEARS = list(range(2010, 2021))
ALPHA = [10, 12, 15, 14, 18, 22, 13, 16, 20, 25, 30]
BETA = [20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]


@pytest.fixture(scope="module")
def session() -> Iterator[ViewSession]:
    with ViewStore() as store:
        yield store.session("questions")


def lines(session: ViewSession, x: list, **series: list) -> int:
    data = [{"mode": "lines", "name": name, "x": x, "y": y} for name, y in series.items()]
    return int(session.add_figure({"data": data})["plot_id"])


def ask(session: ViewSession, plot: int, question: str) -> Answer:
    return answer_about(session.view(plot), question)


@pytest.fixture(scope="module", params=["numbers", "dates", "categories", "vega"])
def years(request: pytest.FixtureRequest, session: ViewSession) -> int:
    """Two series from 2010 to 2020, on an x axis of each kind."""
    if request.param == "vega":
        values = [
            {"d": f"{year}-01-01", "s": name, "v": value}
            for name, series in (("Alpha", ALPHA), ("Beta", BETA))
            for year, value in zip(YEARS, series, strict=True)
        ]
        encoding = {
            "x": {"field": "d", "type": "temporal"},
            "y": {"field": "v", "type": "quantitative"},
            "color": {"field": "s"},
        }
        chart = {"mark": "line", "data": {"values": values}, "encoding": encoding}
        return int(session.add_figure(chart)["plot_id"])
    if request.param == "categories":
        data = [
            {"type": "bar", "name": name, "x": [f"FY {year}" for year in YEARS], "y": y}
            for name, y in (("Alpha", ALPHA), ("Beta", BETA))
        ]
        return int(session.add_figure({"data": data})["plot_id"])
    x = YEARS if request.param == "numbers" else [f"{year}-01-01" for year in YEARS]
    return lines(session, x, Alpha=ALPHA, Beta=BETA)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Why did Alpha drop in 2016?", -9),
        ("Why did it drop in 2016?", -9),
        ("What happened in 2016?", -9),
        ("Did Alpha fall in 2016?", True),
        ("Did Alpha fall in 2012?", False),
        ("Did Alpha rise between 2010 and 2012?", True),
        ("How much did Alpha change between 2015 and 2016?", -9),
        ("By what percentage did Alpha fall in 2016?", -900 / 22),
        ("What is the highest value of Alpha between 2012 and 2014?", 18),
        ("What was the lowest value before 2012?", 10),
        ("Which was higher in 2016, Alpha or Beta?", "Beta"),
        ("Which was lower in 2016, Alpha or Beta?", "Alpha"),
        ("Was Alpha higher than Beta in 2016?", False),
        ("Was Alpha higher than Beta from 2017 to 2019?", True),
        ("How much more was Alpha than Beta in 2019?", 14),
        ("What is the difference between Alpha and Beta in 2015?", 7),
        ("What is the total of Beta from 2015 to 2020?", 75),
        ("What was the average of Alpha since 2018?", 25),
        ("What is the average of Alpha in the last three years?", 25),
        ("Was Alpha higher in 2020 than in 2010?", True),
        ("What was Alpha in 2016?", 13),
        ("What is the trend of Alpha?", "rising"),
        ("Is Beta decreasing?", True),
        ("Is Alpha steadily increasing?", False),
        ("What was the largest increase of Alpha?", 5),
        ("What was the largest drop of Alpha before 2016?", -1),
        ("Which grew the most from 2010 to 2020?", "Alpha"),
        ("Which fell the most?", "Beta"),
        ("How many years was Alpha above 20?", 3),
        ("How many values of Beta are above average?", 5),
        ("Is Alpha always above 9?", True),
        ("Was Alpha ever below 10?", False),
        ("Did Alpha exceed 29?", True),
        ("What share of Alpha falls in 2020?", 30 / 195),
        ("What was the range of Beta?", 10),
        ("How many times do Alpha and Beta cross?", 3),
        ("What is the second highest value of Alpha?", 25),
        ("Which is higher on average, Alpha or Beta?", "Alpha"),
        ("Which has the lowest total?", "Beta"),
        ("What is the share of Alpha in 2016?", 13 / 27),
    ],
)
def test_the_named_years_decide_on_every_kind_of_axis(
    session: ViewSession, years: int, question: str, value: object
):
    answer = ask(session, years, question)
    assert answer.understood and answer.evidence and answer.evidence[0]["calculator"]
    assert answer.value == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("When did Alpha drop the most?", "2016"),
        ("Which year had the largest increase of Alpha after 2012?", "2020"),
        ("When was Alpha at its peak before 2016?", "2015"),
        ("When did Alpha first exceed 20?", "2015"),
        ("When was Alpha last below 15?", "2016"),
        ("What was the second highest year for Alpha?", "2019"),
    ],
)
def test_when_is_answered_with_the_place_on_the_axis(
    session: ViewSession, years: int, question: str, year: str
):
    assert year in str(ask(session, years, question).value)


def test_when_two_lines_cross_is_told_by_the_calculator(session: ViewSession):
    plot = lines(session, YEARS, Alpha=ALPHA, Beta=BETA)
    every = ask(session, plot, "When did Alpha cross Beta?")
    assert every.value == ["2013.6", "2015.88", "2016.25"]
    assert every.evidence[0]["calculator"] == "crossings"
    assert ask(session, plot, "When did Alpha overtake Beta?").value == ["2013.6", "2016.25"]
    assert ask(session, plot, "When did Alpha first cross Beta?").value == "2013.6"
    assert ask(session, plot, "When did Beta fall below Alpha?").value == ["2013.6", "2016.25"]
    assert ask(session, plot, "Where do they cross after 2016?").value == ["2016.25"]
    assert ask(session, plot, "Did Alpha and Beta cross before 2013?").value is False
    assert ask(session, plot, "When did Alpha cross 20?").value == ["2014.5", "2015.22", "2018"]
    assert ask(session, plot, "When was Alpha lower than Beta after 2012?").value == [
        "2013.0",
        "2016.0",
    ]


def test_what_the_chart_does_not_show_is_said(session: ViewSession, years: int):
    for question in ("What was Alpha in 2030?", "What is the forecast for Alpha in 2025?"):
        answer = ask(session, years, question)
        assert answer.value is None and "The chart shows nothing" in answer.text
        assert "2010" in answer.text and "2020" in answer.text
    answer = ask(session, years, "What is the total of Elephants?")
    assert not answer.understood and "nothing named 'Elephants'" in answer.text
    near = ask(session, years, "What is the total of Betta?")
    assert "Did you mean Beta?" in near.text
    for question in ("Will it go on like this?", "Is Alpha twice Beta?", "Tell me a joke"):
        answer = ask(session, years, question)
        assert answer.value is None
        assert answer.understood or "I can say" in answer.text
    why = ask(session, years, "Why is Alpha so high in 2020?")
    assert "holds no cause" in why.text


def test_between_two_points_a_line_says_what_it_passes(session: ViewSession):
    plot = lines(session, [0, 1, 2], up=[0, 10, 20])
    answer = ask(session, plot, "What is up at 1.25?")
    assert answer.value == 12.5 and "no point at 1.25" in answer.text
    assert ask(session, plot, "What is up at 1?").value == 10


# ── months, quarters, categories ────────────────────────────────────────────────────────────

MONTHLY = [f"{year}-{month:02}-01" for year in (2015, 2016, 2017) for month in range(1, 13)]
SALES = [10 + (i * 7) % 13 + (5 if i > 20 else 0) for i in range(36)]


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("in 2016", range(12, 24)),
        ("in the first quarter of 2016", range(12, 15)),
        ("in Q2 2017", range(27, 30)),
        ("in 2017-Q2", range(27, 30)),
        ("in the second half of 2016", range(18, 24)),
        ("from March to June 2016", range(14, 18)),
        ("between March 2016 and June 2017", range(14, 30)),
        ("from 2016-03 to 2016-06-15", range(14, 18)),
        ("in March", (2, 14, 26)),
        ("from November to December", (10, 11, 22, 23, 34, 35)),
        ("on March 1, 2016", (14,)),
        ("on 1 March 2016", (14,)),
        ("on 2016-03-01", (14,)),
        ("after May 2017", range(29, 36)),
        ("since May 2017", range(28, 36)),
        ("before March 2015", range(2)),
        ("until March 2015", range(3)),
        ("in the last 6 months", range(30, 36)),
        ("in the first two years", range(24)),
        ("over the last year", range(24, 36)),
        ("of the last 5 values", range(31, 36)),
        ("in the 2010s", range(36)),
        ("in 2015 and 2017", (*range(12), *range(24, 36))),
        ("2015-2016", range(24)),
        ("over 2015 to 2016", range(24)),
    ],
)
def test_periods_of_a_calendar(session: ViewSession, said: str, months: range):
    plot = lines(session, MONTHLY, Sales=SALES)
    answer = ask(session, plot, f"What is the total {said}?")
    assert answer.value == sum(SALES[i] for i in months)
    assert answer.evidence[0]["count"] == len(list(months))


def test_two_years_of_months_are_compared(session: ViewSession):
    plot = lines(session, MONTHLY, Sales=SALES)
    first, second = sum(SALES[:12]), sum(SALES[12:24])
    assert ask(session, plot, "Was 2016 higher than 2015?").value is (second > first)
    assert ask(session, plot, "What is the difference between 2015 and 2016?").value == (
        first - second
    )
    more = ask(session, plot, "How much more were Sales in 2016 than in 2015?")
    assert more.value == second - first
    mean = ask(session, plot, "Was the average lower in 2016 than in 2015?")
    assert mean.value is (second < first)
    fall = ask(session, plot, "What was the largest drop in 2016?")
    steps = [b - a for a, b in pairwise(SALES[11:24])]  # the step into January is of that year
    assert fall.value == min(steps)


@pytest.fixture(scope="module")
def regions(session: ViewSession) -> int:
    data = [
        {"type": "bar", "name": "North", "x": MONTHS, "y": [3, 5, 2, 8, 6, 7]},
        {"type": "bar", "name": "South", "x": MONTHS, "y": [4, 4, 4, 4, 9, 1]},
    ]
    layout = {"title": {"text": "Sales 2019"}}
    return int(session.add_figure({"data": data, "layout": layout})["plot_id"])


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Which was higher in March, North or South?", "South"),
        ("Which region was highest in January?", "South"),
        ("What is the total in April?", 12),
        ("What is the total of North from Feb to April?", 15),
        ("In which months was North above South?", ["Feb", "Apr", "Jun"]),
        ("Did North fall in March?", True),
        ("What share has North in May?", 0.4),
        ("What is the value of South in June?", 1),
        ("What is June?", {"North": 7, "South": 1}),
        ("How much more is April than March?", 6),
        ("What is the difference between March and April for North?", -6),
        ("Which is the highest in 2019?", "South"),
        ("Which is the highest in 2018?", None),
        ("What are the top 2 of North?", ["Apr", "Jun"]),
        ("How many months of North are at least 6?", 3),
        ("Which region has the highest total?", "North"),
    ],
)
def test_categories_are_places_where_several_series_stand(
    session: ViewSession, regions: int, question: str, value: object
):
    assert ask(session, regions, question).value == value


def test_a_period_that_is_not_there_is_never_passed_over(session: ViewSession):
    pie = session.add_figure(
        {"data": [{"type": "pie", "labels": ["Red", "Blue"], "values": [5, 3]}]}
    )
    answer = ask(session, int(pie["plot_id"]), "Which is the largest in 2016?")
    assert answer.value is None and "nothing in 2016" in answer.text
    plot = lines(session, MONTHLY, Sales=SALES)
    for said in ("in 2014", "on February 30, 2016", "after 2017", "before 2015"):
        answer = ask(session, plot, f"What is the total {said}?")
        assert answer.value is None and "shows nothing" in answer.text, said


def test_slices_and_bars_are_added_shared_and_counted(session: ViewSession):
    data = [{"type": "pie", "labels": ["Red", "Green", "Blue"], "values": [5, 3, 2]}]
    pie = int(session.add_figure({"data": data})["plot_id"])
    assert ask(session, pie, "What share do Green and Blue have together?").value == 0.5
    assert ask(session, pie, "What is the total of Green and Blue?").value == 5
    assert ask(session, pie, "Which slices are above 2?").value == ["Red", "Green"]
    assert ask(session, pie, "What is the ratio of Red to Blue?").value == 2.5
    assert ask(session, pie, "How many percent more is Red than Blue?").value == 150
    assert ask(session, pie, "Is Green the second highest?").value is True


def test_the_selection_and_the_zoom_narrow_a_question(session: ViewSession):
    plot = lines(session, YEARS, Alpha=ALPHA, Beta=BETA)
    nothing = ask(session, plot, "What is the highest in the selection?")
    assert nothing.value is None and "Nothing is selected" in nothing.text
    session.selected(plot, x_min=2012, x_max=2016)
    inside = ask(session, plot, "What is the highest value of Alpha in the selection?")
    assert inside.value == 22
    assert ask(session, plot, "What is the total of Beta here?").value == sum(BETA[2:7])
    assert ask(session, plot, "What is the trend of Beta here?").value == "falling"
    assert ask(session, plot, "Do Alpha and Beta cross here?").value is True
    assert ask(session, plot, "How many lines are there?").evidence[0]["traces"][0]["points"] == 11
    assert ask(session, plot, "What is the total of Beta?").value == sum(BETA)
    both = ask(session, plot, "What is the total of Beta here since 2015?")
    assert both.value == sum(BETA[5:7])
    session.relayout(plot, x_min=2018, x_max=2020)
    assert ask(session, plot, "Which is the lowest value in the current zoom?").value == "Beta"


# ── against plain Python ────────────────────────────────────────────────────────────────────

quick = settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
values = st.lists(st.integers(-50, 50), min_size=3, max_size=12)


@quick
@given(first=values, second=values, data=st.data())
def test_every_answer_about_a_range_is_that_of_plain_python(
    session: ViewSession, first: list[int], second: list[int], data: st.DataObject
):
    size = min(len(first), len(second))
    a, b, x = first[:size], second[:size], YEARS[:size]
    x = list(range(2000, 2000 + size))
    dated = data.draw(st.booleans())
    plot = lines(session, [f"{year}-07-01" for year in x] if dated else x, Alpha=a, Beta=b)
    low = data.draw(st.integers(0, size - 1))
    high = data.draw(st.integers(low, size - 1))
    said = f"from {x[low]} to {x[high]}"
    mine, other = a[low : high + 1], b[low : high + 1]

    def told(question: str) -> object:
        return ask(session, plot, question).value

    assert told(f"What is the total of Alpha {said}?") == sum(mine)
    assert told(f"What is the average of Alpha {said}?") == pytest.approx(sum(mine) / len(mine))
    assert told(f"What is the highest value of Alpha {said}?") == max(mine)
    assert told(f"What is the lowest value {said}?") == min(mine + other)
    assert told(f"What is the range of Beta {said}?") == max(other) - min(other)
    limit = data.draw(st.integers(-60, 60))
    assert told(f"How many values of Alpha {said} are above {limit}?") == sum(
        v > limit for v in mine
    )
    assert told(f"Is Alpha always at least {limit} {said}?") is all(v >= limit for v in mine)
    if low < high:
        assert told(f"How much did Beta change {said}?") == other[-1] - other[0]
        assert told(f"Was Alpha higher than Beta {said}?") is all(
            u > v for u, v in zip(mine, other, strict=True)
        )
        falls = [v - u for u, v in pairwise(mine) if v < u]
        assert told(f"What was the largest drop of Alpha {said}?") == min(falls, default=None)
    winner = told(f"Which was higher on average {said}, Alpha or Beta?")
    assert winner == (
        None if sum(mine) == sum(other) else "Alpha" if sum(mine) > sum(other) else "Beta"
    )


@quick
@given(series=values, place=st.integers(0, 11), year=st.integers(1950, 2050))
def test_a_named_year_is_that_year_and_the_step_into_it(
    session: ViewSession, series: list[int], place: int, year: int
):
    place %= len(series)
    x = [year + i for i in range(len(series))]
    plot = lines(session, x, Alpha=series, Flat=[0] * len(series))
    assert ask(session, plot, f"What was Alpha in {x[place]}?").value == series[place]
    answer = ask(session, plot, f"Why did Alpha drop in {x[place]}?")
    step = series[place] - series[place - 1] if place else None
    assert answer.value == (step if step is not None and step < 0 else None)
    outside = ask(session, plot, f"What was Alpha in {x[-1] + 3}?")
    assert outside.value is None and "shows nothing" in outside.text


@quick
@given(first=values, second=values)
def test_crossings_that_are_told_are_changes_of_side(
    session: ViewSession, first: list[int], second: list[int]
):
    size = min(len(first), len(second))
    gaps = [u - v for u, v in zip(first[:size], second[:size], strict=True)]
    plot = lines(session, list(range(size)), Alpha=first[:size], Beta=second[:size])
    signs = [(g > 0) - (g < 0) for g in gaps]
    answer = ask(session, plot, "When did Alpha overtake Beta?")
    nonzero = [s for s in signs if s]
    upward = sum(u < 0 < v for u, v in pairwise(nonzero))
    upward += bool(nonzero) and signs[0] == 0 and nonzero[0] > 0
    upward += bool(nonzero) and signs[-1] == 0 and nonzero[-1] < 0
    assert len(answer.value or []) == upward
    for place in answer.value or []:
        at = float(place.split(" to ")[0])
        before, after = math.floor(at), min(math.ceil(at), size - 1)
        assert min(gaps[before], gaps[after]) <= 1e-3
    runs = ask(session, plot, "When was Alpha above Beta?").value
    assert runs == [f"{i}.0" for i, sign in enumerate(signs) if sign > 0]


WORDS = (
    *("why", "when", "which", "drop", "cross", "Alpha", "Beta", "in", "2016", "between", "and"),
    *("from", "to", "above", "20", "highest", "total", "of", "share", "the", "last", "3"),
    *("years", "average", "trend", "2030", "or", "than", "more", "correlation", "here", "not"),
)


@quick
@given(question=st.text(max_size=60), words=st.lists(st.sampled_from(WORDS), max_size=12))
def test_whatever_is_asked_gets_an_answer_or_is_not_understood(
    session: ViewSession, question: str, words: list[str]
):
    plot = lines(session, YEARS, Alpha=ALPHA, Beta=BETA)
    for text in (question, " ".join(words)):
        answer = ask(session, plot, text)
        assert answer.text and (answer.understood or answer.value is None)
