"""The words that the readers know: chart types, colours, schemes, numbers, time units.

Tables only. A chart type is a regular expression with the name that multivis uses, the marks
that can draw it (Vega-Lite's names) and modifiers.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = [
    "AMBIGUOUS_COLOURS",
    "CHART_WORDS",
    "COLOUR_PATTERN",
    "INTERACTIONS",
    "MARK_WORDS",
    "NUMBERS",
    "SCHEMES",
    "TIME_UNITS",
    "ChartWord",
]


def _listed(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


class ChartWord(NamedTuple):
    """A way to ask for a chart type.

    Attributes:
        pattern: What it looks like in a question (lower case).
        name: The type's name.
        marks: Vega-Lite marks that can draw it; empty where any mark may.
        modifiers: Among ``horizontal vertical stacked grouped normalized faceted step multi``.
    """

    pattern: re.Pattern[str]
    name: str
    marks: frozenset[str]
    modifiers: frozenset[str] = frozenset()


_NOUN = r"(?:charts?|graphs?|plots?|diagrams?|visuali[sz]ations?)"
_BARS = "bar rect"
_LINES = "line trail"
_POINTS = "point circle square"


def _word(pattern: str, name: str, marks: str, modifiers: str = "") -> ChartWord:
    """One row of the table; `#` stands for chart, graph, plot…"""
    full = re.compile(r"\b(?:" + pattern.replace("#", _NOUN) + r")\b")
    return ChartWord(full, name, frozenset(marks.split()), frozenset(modifiers.split()))


# The order counts: an earlier row wins over a later one that overlaps it.
CHART_WORDS: tuple[ChartWord, ...] = (
    _word(
        r"(?:100\s?%|normali[sz]ed|percent(?:age)?)[\s,-]+(?:stacked[\s-]+)?(?:horizontal[\s-]+)"
        r"?(?:bar|column)[\s-]+#",
        "bar",
        _BARS,
        "stacked normalized",
    ),
    _word(
        r"(?:100\s?%|normali[sz]ed|percent(?:age)?)[\s,-]+(?:stacked[\s-]+)?area[\s-]+#",
        "area",
        "area",
        "stacked normalized",
    ),
    _word(
        r"horizontal,?[\s-]+stacked[\s-]+bar[\s-]+#|stacked,?[\s-]+horizontal[\s-]+bar[\s-]+#",
        "bar",
        _BARS,
        "stacked horizontal",
    ),
    _word(
        r"horizontal,?[\s-]+(?:grouped|clustered)[\s-]+bar[\s-]+#"
        r"|(?:grouped|clustered),?[\s-]+horizontal[\s-]+bar[\s-]+#",
        "bar",
        _BARS,
        "grouped horizontal",
    ),
    _word(r"diverging[\s-]+(?:stacked[\s-]+)?bar[\s-]+#", "bar", _BARS, "diverging"),
    _word(r"layered[\s-]+bar[\s-]+#", "bar", _BARS, "layered"),
    _word(
        r"(?:grouped|clustered|side-by-side)[\s-]+(?:bar|column)[\s-]+#", "bar", _BARS, "grouped"
    ),
    _word(r"stacked[\s-]+(?:bar|column)[\s-]+#", "bar", _BARS, "stacked"),
    _word(r"(?:polar|circular|radial)[\s-]+(?:bar|column)[\s-]+#", "radial", "arc bar"),
    _word(r"horizontal[\s-]+bar[\s-]+#|horizontal bars", "bar", _BARS, "horizontal"),
    _word(r"vertical[\s-]+bar[\s-]+#|column[\s-]+#|vertical bars", "bar", _BARS, "vertical"),
    _word(
        r"bar[\s-]+and[\s-]+line[\s-]+#|(?:bar[\s-]+line|combo|combination)[\s-]+#"
        r"|bar[\s-]+#[\s-]+with[\s-]+(?:a[\s-]+)?line[\s-]+overlay",
        "bar and line",
        "bar rect line",
    ),
    _word(r"bar[\s-]+(?:and|with)[\s-]+tick[\s-]+#", "bar", _BARS),
    _word(r"error[\s-]+bars?[\s-]+#", "error bars", "errorbar rule tick bar"),
    _word(r"bar[\s-]*#|barplots?", "bar", _BARS),
    _word(r"(?:bivariate|two-dimensional|2-?d)[\s-]+histograms?", "heat map", "rect circle point"),
    _word(r"histograms?", "histogram", "bar rect area line tick"),
    _word(
        r"box(?:[\s-]+and[\s-]+whiskers?)?[\s-]*#|boxplots?", "box plot", "boxplot bar rule tick"
    ),
    _word(r"violin[\s-]*#", "violin", "area line"),
    _word(r"(?:ridgeline|ridge|joy)[\s-]*#", "ridgeline", "area line"),
    _word(r"density[\s-]+(?:#|curves?|estimates?|distributions?)", "density", "area line rect"),
    _word(
        r"heat[\s-]?maps?|heat[\s-]?map[\s-]+#|calendar[\s-]+#", "heat map", "rect square circle"
    ),
    _word(r"heat[\s-]+lane[\s-]+#", "heat lane", "bar rect"),
    _word(r"pie[\s-]*#", "pie", "arc"),
    _word(r"(?:donut|doughnut|ring)[\s-]*#", "donut", "arc"),
    _word(
        r"(?:radial|circular|rose|sunburst|coxcomb|pac-?man)[\s-]*(?:#|shapes?)", "radial", "arc"
    ),
    _word(r"(?:radar|spider)[\s-]*#", "radar", "line area point"),
    _word(r"waterfall[\s-]*#", "waterfall", "bar rect"),
    _word(r"candle[\s-]?sticks?(?:[\s-]*#)?", "candlestick", "bar rule rect"),
    _word(r"gantt[\s-]*#", "gantt", "bar rect rule"),
    _word(r"lollipop[\s-]*#", "lollipop", "rule point circle bar"),
    _word(
        r"(?:dumbbell|barbell|ranged[\s-]+dot|connected[\s-]+dot)[\s-]*#",
        "dumbbell",
        "point circle line rule",
    ),
    _word(r"slope[\s-]*(?:#|graphs?)", "slope", "line point"),
    _word(r"bump[\s-]*#", "bump", "line point"),
    _word(r"horizon[\s-]*#", "horizon", "area"),
    _word(r"stream[\s-]*#|streamgraphs?|steam[\s-]*graphs?", "area", "area", "stacked"),
    _word(r"stacked[\s-]+area[\s-]+#", "area", "area", "stacked"),
    _word(r"area[\s-]*#", "area", "area"),
    _word(r"step(?:ped)?[\s-]+(?:line[\s-]+)?#", "step", "line area", "step"),
    _word(
        r"(?:multi(?:ple)?[\s-]?(?:series[\s-]+)?)(?:line|lines)[\s-]+#", "line", _LINES, "multi"
    ),
    _word(r"trail[\s-]*#", "trail", "trail line"),
    _word(
        r"connected[\s-]+scatter[\s-]?#|connected[\s-]+scatterplots?",
        "connected scatter",
        "line point circle",
    ),
    _word(r"line[\s-]*#", "line", _LINES),
    _word(r"(?:q-?q|quantile[\s-]quantile)[\s-]*#", "qq", "point circle line"),
    _word(
        r"scatter[\s-]?plot[\s-]+matri(?:x|ces)|scatter[\s-]+matri(?:x|ces)|splom",
        "scatter matrix",
        _POINTS + " rect",
    ),
    _word(r"bubble[\s-]*#|punch[\s-]?card", "bubble", _POINTS),
    _word(r"scatter[\s-]*#|scatterplots?|scatter", "scatter", _POINTS + " text image tick"),
    _word(
        r"(?:strip|tick|jitter(?:ed)?|rug|dot[\s-]+dash|bee[\s-]?swarm)[\s-]*#",
        "strip",
        "tick point circle square",
    ),
    _word(r"dot[\s-]*#", "dot plot", _POINTS + " tick"),
    _word(r"parallel[\s-]+coordinates?(?:[\s-]*#)?", "parallel coordinates", "line"),
    _word(r"choropleth(?:[\s-]*#|\s+maps?)?", "choropleth", "geoshape"),
    _word(r"(?:error[\s-]+bars?)", "error bars", "errorbar rule tick", "layer"),
    _word(
        r"(?:confidence|error)[\s-]+(?:interval[\s-]+)?bands?",
        "error band",
        "errorband area",
        "layer",
    ),
    _word(
        r"(?:linear|polynomial|loess|lowess)[\s-]+(?:regression|trend|smoothing|curves?|lines?)"
        r"(?:\s+lines?)?|regression[\s-]+lines?|trend[\s-]?lines?",
        "regression",
        "line",
        "layer",
    ),
    _word(r"tree[\s-]?maps?", "tree map", "rect bar"),
    _word(r"word[\s-]?clouds?", "word cloud", "text"),
    _word(r"ecdf|empirical[\s-]+cumulative[\s-]+distribution", "ecdf", "line area point"),
)

MARK_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(r"\b(?:" + pattern + r")\b"), mark)
    for pattern, mark in (
        (r"bars", "bar"),
        (r"lines", "line"),
        (r"areas", "area"),
        (r"dots|points|circles|bubbles", "point"),
        (r"tick marks?|ticks", "tick"),
        (r"slices|wedges", "arc"),
        (r"boxes", "boxplot"),
        (r"tiles|cells|squares", "rect"),
    )
)

NUMBERS: dict[str, int] = {
    word: value
    for value, word in enumerate(
        _listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
        )
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "dozen": 12}

_PLAIN = _listed(
    "red blue green black white grey gray purple pink yellow orange brown cyan magenta teal navy "
    "turquoise violet indigo maroon crimson lavender beige"
)

# Words of colour that are words of other things too: only read next to a word about colour.
AMBIGUOUS_COLOURS = frozenset(
    _listed(
        "gold golden silver tan linen snow peru chocolate salmon tomato lime olive plum wheat "
        "coral ivory azure aqua khaki orchid sienna thistle bisque moccasin violet indigo lavender"
    )
)

_CSS = _listed(
    "aliceblue antiquewhite aquamarine blanchedalmond blueviolet burlywood cadetblue chartreuse "
    "cornflowerblue cornsilk darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey "
    "darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen "
    "darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue "
    "dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite "
    "goldenrod greenyellow honeydew hotpink indianred lavenderblush lawngreen lemonchiffon "
    "lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink "
    "lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue "
    "lightyellow limegreen mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen "
    "mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream "
    "mistyrose navajowhite navyblue oldlace olivedrab orangered palegoldenrod palegreen "
    "paleturquoise palevioletred papayawhip peachpuff powderblue rebeccapurple rosybrown "
    "royalblue saddlebrown sandybrown seagreen seashell skyblue slateblue slategray slategrey "
    "springgreen steelblue yellowgreen whitesmoke"
)

_SHADES = r"(?:light|dark|pale|deep|bright|medium|sky|royal|steel|navy|forest|hot|lime|sea|slate)"
_NAMES = sorted({*_PLAIN, *AMBIGUOUS_COLOURS, *_CSS}, key=len, reverse=True)

COLOUR_PATTERN = re.compile(
    r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b"
    r"|(?<!\w)(?:" + _SHADES + r"(?:er)?[\s-])?(?:" + "|".join(_NAMES) + r")(?:ish)?(?!\w)"
)

SCHEMES: dict[str, str] = {
    name: name
    for name in _listed(
        "viridis magma inferno plasma cividis turbo rainbow sinebow blues greens greys "
        "oranges purples reds tableau10 tableau20 category10 category20 accent dark2 paired "
        "pastel1 pastel2 set1 set2 set3 goldred goldgreen goldorange lightgreyred "
        "lighttealblue lightmulti lightorange darkblue darkgold darkgreen darkmulti darkred "
        "teals warmgreys browns redblue redyellowblue redyellowgreen redgrey spectral "
        "pinkyellowgreen purplegreen purpleorange brownbluegreen blueorange greenblue "
        "bluegreen bluepurple orangered purplebluegreen purpleblue purplered redpurple "
        "yellowgreenblue yellowgreen yelloworangebrown yelloworangered"
    )
}

TIME_UNITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(r"\b(?:" + pattern + r")\b"), unit)
    for pattern, unit in (
        (r"hours? of (?:the )?day|by hour|per hour|hourly|each hour|every hour", "hours"),
        (r"days? of (?:the )?week|weekdays?|by day of week", "day"),
        (r"days? of (?:the )?month", "date"),
        (r"months? of (?:the )?year|calendar months?", "month"),
        (
            r"year and month|month and year|month by month|by month|per month|each month"
            r"|every month|monthly|grouped by month",
            "yearmonth",
        ),
        (r"by quarter|per quarter|each quarter|every quarter|quarterly", "yearquarter"),
        (r"by week|per week|each week|every week|weekly|week by week", "yearweek"),
        (
            r"by year|per year|each year|every year|yearly|annual(?:ly)?|year by year"
            r"|over the years|by decade",
            "year",
        ),
        (r"by day|per day|each day|every day|daily|day by day", "yearmonthdate"),
    )
)

INTERACTIONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(r"\b(?:" + pattern + r")\b"), kind)
    for pattern, kind in (
        (r"zoom(?:able|ing|ed)?(?: in| out)?|pan(?:ning)?(?: and zoom)?", "zoom"),
        (
            r"brush(?:ing|ed)?|(?:select|drag|highlight|choose)(?:ing)?\s+(?:a |an |any |specific |"
            r"different |certain |the )?(?:regions?|areas?|ranges?|intervals?|time ranges?"
            r"|time periods?|rectangles?|date ranges?|periods?)"
            r"|(?:range|interval|region|area|rectangular)[\s-]+selections?",
            "brush",
        ),
        (r"sliders?", "slider"),
        (r"drop-?downs?(?: menus?)?", "dropdown"),
        (r"radio buttons?", "radio"),
        (r"check-?box(?:es)?", "checkbox"),
        (r"search (?:box|field|bar)|text box", "search"),
        (
            r"cross-?filter(?:ing|ed)?|cross-?highlight(?:ing|ed)?"
            r"|linked (?:brushing|charts|views)",
            "crossfilter",
        ),
        (
            r"(?:interactive|clickable) legend|click(?:ing)?(?: on)? (?:the |a |any |an )?"
            r"(?:legend|items? in the legend|legend (?:items?|entr(?:y|ies)))",
            "legend",
        ),
        (
            r"click(?:ing|ed|able)?(?: on)?|select(?:ing)? (?:a |an |one |individual |specific )"
            r"(?:bars?|points?|dots?|slices?|lines?)",
            "click",
        ),
        (
            r"highlight(?:s|ed|ing)?[^.?!]{0,60}?(?:hover|mouse)|(?:hover|mouse)[^.?!]{0,60}?"
            r"highlight(?:s|ed|ing)?",
            "hover",
        ),
        (r"interactive|interactively|interactivity", "any"),
    )
)
