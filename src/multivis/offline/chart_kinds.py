"""Which kind of chart the words of a question ask for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from multivis.offline.kind_labels import NO_LABELS, asks_for_labels
from multivis.offline.kind_marks import drawn_mark, joins_two_dots
from multivis.offline.kind_words import described_kind

__all__ = ["NO_LABELS", "ChartKind", "read_chart_kind", "selects"]


@dataclass(frozen=True)
class ChartKind:
    """A kind of chart with the variations that words ask for.

    Attributes:
        family: bar, line, area, scatter, histogram, box, heatmap, arc, strip, density, violin,
            lollipop, errorbar, ecdf, trail, waterfall, gantt, matrix, parallel, horizon,
            text, dumbbell, ridgeline, bump, slope, waffle, or empty when no word says it.
        name: The words that said it.
        horizontal: Asked for horizontal marks.
        stacking: ``"grouped"``, ``"stacked"``, ``"normalize"``, ``"layered"``, ``"diverging"``
            or empty.
        points: Points on a line.
        step: Steps instead of slopes.
        smooth: Curves instead of slopes.
        donut: A hole in the pie.
        radial: Radius also shows the value.
        bubble: Size shows a measure.
        regression: ``"linear"`` or ``"loess"`` or ``"poly"`` or empty.
        error: ``"ci"``, ``"stdev"``, ``"range"``, ``"iqr"``, ``"stderr"`` or empty.
        band: The error is drawn as a band.
        cumulative: A running total.
        mean_line: ``"mean"`` or ``"median"`` over everything, as a rule.
        labels: Values written on the marks.
        dual_axis: Two y scales.
        overlay: A second family drawn over the first (line over bars).
        facet: Small multiples asked for.
        diverge: Differences from the mean.
    """

    family: str = ""
    name: str = ""
    horizontal: bool = False
    stacking: str = ""
    points: bool = False
    step: bool = False
    smooth: bool = False
    donut: bool = False
    radial: bool = False
    bubble: bool = False
    regression: str = ""
    error: str = ""
    band: bool = False
    cumulative: bool = False
    mean_line: str = ""
    labels: bool = False
    dual_axis: bool = False
    overlay: str = ""
    facet: bool = False
    diverge: bool = False


# Ordered: what names a kind precisely comes before what is part of another name.
_FAMILIES: tuple[tuple[str, str], ...] = (
    (
        r"box[- ]?(?:and[- ]whiskers? )?plots?|boxplots?|\bas boxes\b|"
        r"\bboxes (?:show\w*|for|of|with|per|by)\b|\bwhiskers?\b(?![^.?!]{0,40}(?:deviation|error|"
        r"interval))",
        "box",
    ),
    (r"pac-?man", "pacman"),
    (r"violin", "violin"),
    (r"ridge ?line|joy ?plot", "ridgeline"),
    (r"(?:smooth(?:ed)?|kernel|estimated|overlaid|probability) densit(?:y|ies)", "density"),
    (r"smooth(?:ed)? (?:distributions?|histograms?)\b", "density"),
    (r"densit(?:y|ies) (?:plot|chart|curve|estimate|graph|area)|kernel density|kde\b", "density"),
    (
        r"\b(?:stack|overlay|show|plot|draw|compare|estimate)\w* (?:me )?the densit(?:y|ies) of|"
        r"\bestimat\w* (?:the |their |its |a )?densit(?:y|ies)\b|\bdensity (?:areas?|layers?)\b",
        "density",
    ),
    (r"quantile[- ]quantile|q-?q plot", "qq"),
    (r"2d histogram", "heatmap"),
    (r"scatter ?(?:plot)? ?matrix|scatterplot matrix|pair ?plot|splom", "matrix"),
    (r"parallel coordinates?", "parallel"),
    (r"waterfall", "waterfall"),
    (
        r"gantt|timeline (?:chart|of|plot|view)|bars? (?:\w+ ){0,3}?from (?:when|the (?:start|"
        r"begin|open)\w*)[^.?!]{0,60}? (?:to|until|till) ",
        "gantt",
    ),
    (r"lollipop", "lollipop"),
    (
        r"dumbbell|ranged dot|(?:two|2) (?:connected|joined|linked) dots|"
        r"two dots (?:\S+ ){0,4}(?:connected|joined)|"
        r"dots? connected by (?:an? )?"
        r"(?:\w+ )?lines?",
        "dumbbell",
    ),
    (r"horizon(?:[- ]style)? (?:graph|chart|plot)", "horizon"),
    (r"bump chart", "bump"),
    (r"slope (?:graph|chart)|slopegraph", "slope"),
    (
        r"\bgrid of\b[^.?!]{0,60}\bcolou?r|colou?red (?:grid|matrix|tiles|cells|squares)|"
        r"\bmatrix of\b[^.?!]{0,60}\bcolou?r|"
        r"\b(?:grid|matrix) with\b[^.?!]{0,40}\bacross\b[^.?!]{0,30}\bdown\b",
        "heatmap",
    ),
    (r"heat ?maps?|heat-maps?|heat ?lane|lasagna", "heatmap"),
    (r"histograms?|\bin (?:about )?\d+ bins\b|\bin bins of\b", "histogram"),
    (
        r"pie(?: |-)?charts?|\bpie\b|donuts?|doughnuts?|"
        r"\bring (?:chart|graph|plot|diagram)s?|circular (?:chart|graph|plot)|sunburst|"
        r"polar (?:chart|plot|bar|graph)|radial (?:chart|plot|graph)|polar area|rose chart",
        "arc",
    ),
    (
        r"^(?!.*\bbars?\b)(?=.*?\bas (?:\w+ ){0,2}(?:tick ?marks|ticks)\b).|"
        r"strip ?(?:plot|chart)s?|stripplot|\bstrips? of\b|jitter(?:ed)? (?:plot|chart|"
        r"points|dots)|dot[- ]strip|(?<!bar and )(?<!bar-and-)tick (?:plot|chart)",
        "strip",
    ),
    (r"empirical cumulative|ecdf|cumulative distribution", "ecdf"),
    (
        r"trails? ?(?:chart|plot|marks?|graph|visuali[sz]ation)?\b|"
        r"varying (?:line )?(?:thickness|width)|(?:thickness|width) (?:\w+ ){0,2}?(?:grow|"
        r"increas|swell|widen|"
        r"vari|chang|follow|depend|reflect|show|represent|indicat|tell|correspond|match)\w*|"
        r"\blines? (?:that |which )?(?:gets?|getting|becom\w+|grow\w*) (?:thicker|wider|broader|"
        r"fatter)(?![^.?!]{0,40}(?:mouse|hover|pointer|cursor|click|point at))|"
        r"(?:thickness|width) of (?:the |each |its )?(?:lines?|trails?)|lines? (?:\w+ ){0,3}"
        r"(?:change|vary)\w* (?:in )?(?:thickness|width)|thick(?:er|ness of)? lines? (?:for|"
        r"represent\w*|"
        r"show\w*|indicat\w*|where)|line thickness (?:show|represent|indicat|reflect)\w*",
        "trail",
    ),
    (r"punch ?cards?|bubble tables?|table bubble", "bubble"),
    (r"wilkinson", "scatter"),
    (r"connected (?:scatter ?(?:plot)?|dots|points|circles)", "scatter"),
    (r"error[- ]?bar (?:chart|plot|graph)", "errorbar"),
    (r"bubble (?:charts?|plots?|graphs?|sizes?)|bubbles", "bubble"),
    (r"scatter[- ]?(?:plots?|charts?|graphs?|diagrams?)?|\bdot (?:plot|chart)s?", "scatter"),
    (r"area (?:chart|plot|graph)s?|stacked area|stream ?graph|streamgraph", "area"),
    (
        r"\bfill\w* (?:the |in )*areas?\b|\bareas (?:stack\w*|layered|for each)\b|"
        r"as (?:an? )?(?:\w+ ){0,2}areas?\b|(?:100 ?%|"
        r"normali[sz]ed|stacked|layered|filled|shaded|"
        r"stepped)[- ](?:\w+ )?areas?\b",
        "area",
    ),
    (r"step (?:line )?(?:chart|plot|graph)s?", "line"),
    (
        r"line (?:chart|plot|graph)s?|\bline with (?:point )?(?:markers|points|dots)\b|"
        r"multi-?line|multi-series line|\blines? (?:for|show|connect)",
        "line",
    ),
    (
        r"(?:column|bar)(?: and tick|-and-tick)? ?(?:chart|plot|graph)s?|barplot|bar-chart|"
        r"as (?:an? )?(?:\w+ )?bars?\b|\bbars\b|\b(?:horizontal|vertical|floating) bar\b|"
        r"\b(?:an?|one) (?:[\w-]+ ){0,2}?bar (?:each|per|for|from|that|with|of)\b"
        r"(?! (?:(?:its|the|their|an?) )?(?:\d+ ?% )?(?:confidence|error|interval|deviation|"
        r"spread|range))|"
        r"\b(?:an?|one) (?:upright )?column (?:each )?for (?!each\b|every\b|the rest\b)"
        r"(?:the |its |their )?(?:mean|average|total|sum|number)\b|"
        r"\b(?:on|at|above|in|inside|of) (?:each|every) bar\b|"
        r"\bas columns\b|\b(?:stacked|grouped|clustered|"
        r"floating|upright|vertical|with|draw|using) columns\b|"
        r"^columns (?:for|of|show)|[.?!:] columns (?:for|of|show)",
        "bar",
    ),
    (r"trend ?line of|over time|trends?\b", "line"),
)

_SMALL = {
    "horizontal": (
        r"\bhorizontal (?:\w+ ){0,3}bars?\b|horizontal(?:ly)? (?:\w+ ){0,2}(?:bar|"
        r"chart|lollipop|box|violin)|bars? (?:\w+ ){0,3}horizontal|extending "
        r"horizontally|horizontal bars|\bsideways\b|\b(?:lying|laid) (?:flat|down)\b|"
        r"\b(?:laid out|drawn|shown|displayed|arranged|oriented) horizontally\b|"
        r"\b(?:flat|lying) bars\b|\bbars (?:that )?(?:lie|lying)\b|"
        r"[,;.] horizontal(?:ly)?(?=[,;.]|$)|\bdiverging (?:\w+ )?bars?\b|"
        r"\b(?:\w{2,}est|most|least|best) (?:\w+ ){0,3}?(?:on|at the) top\b(?! (?:of|left|right))"
    ),
    "points": (
        r"\bmark\w* (?:each|every|the) (?:\w+ ){1,2}(?:with|by) (?:a |an )?(?:dot|point|circle|"
        r"marker)|"
        r"\b(?:dot|point|circle|marker) (?:on|at|for) (?:each|every)\b|"
        r"points? (?:mark|for each|at each|on the line|along the line|to mark)"
        r"|with (?:\w+ )?(?:point|dot|circle)s? (?:mark|show|on|at|for|repr)|"
        r"point markers?|points marking|line (?:chart|graph)? ?with (?:\w+ )?(?:points|"
        r"markers|dots)|include (?:\w+ )?(?:points|markers|dots)|mark(?:ed|ing)"
        r" (?:each|every|the) (?:\w+ )?(?:point|value)|each data point"
    ),
    "step": (
        r"\bsteps?\b(?:[- ](?:line|chart|after|before|plot|area|graph|wise|curve|"
        r"like))|stepped|stepwise|step-?(?:after|before)"
    ),
    "smooth": (
        r"\bsmooth(?:ed)?\b (?:\w+ ){0,2}(?:line|curve|monotone|area|interpol)"
        r"|monotone|spline|curved line"
    ),
    "donut": (
        r"donut|doughnut|\bring (?:chart|graph|plot|diagram)|"
        r"\bhole in (?:the|its) (?:middle|cent)|\bas a ring\b"
    ),
    "radial": (
        r"radial|\b(?:slices?|wedges?|sectors?)\b[^.?!]{0,150}\b(?:radius|reach\w*|stick\w* out|"
        r"longer|"
        r"farther|further out|grow\w*|swell\w*)\b|"
        r"polar (?:area|chart|plot|graph)|rose chart"
    ),
    "bubble": (
        r"bubble|size (?:of (?:each |the )?\w+ )?(?:represent|show|indicat|based|"
        r"proportion|reflect|correspond)|sized? (?:by|according|based)"
    ),
    "cumulative": r"cumulative|running total|cumulated|accumulat",
    "dual_axis": (
        r"dual[- ]?ax[ie]s|two (?:different )?(?:y[- ])?(?:axes|scales)|separate "
        r"(?:y[- ])?(?:axes|axis|scales)|secondary (?:y[- ])?axis|different scales|"
        r"second (?:y[- ])?axis|\b(?:its|their) own (?:y[- ]?)?(?:axis|axes|scales?)\b|"
        r"\b(?:axis|scale) of (?:its|their) own\b|independent (?:y[- ])?(?:axes|scales)"
    ),
    "facet": (
        r"facet|small multiples?|trellis|\bsmall (?:\w+ )?(?:charts|plots|areas|graphs|panels)\b|"
        r"\beach (?:chart|panel|area|strip|row|plot)\b[^.?!]{0,60}\b(?:its own|pixels|px|tall)\b|"
        r"\b(?:charts|plots|panels|areas|strips) (?:\w+ )?(?:on top of|below|above|under) "
        r"(?:each other|one another)\b|\b(?:separate|own|individual) (?:\w+ )?strips?\b|"
        r"\bone (?:strip|panel|row|chart|histogram|graph|plot) (?:for each|for every|per|"
        r"(?:below|above|under) the other)\b|"
        r"\b(?:one|a) (?:row|strip|panel) each\b|separate (?:\w+ )?(?:chart|plot|panel|"
        r"row|column|graph|histogram|subplot)s? (?:for|per|by)|in its own (?:row|"
        r"panel|column|chart)|(?:own|separate) (?:row|panel|column)s?\b|one (?:\w+ "
        r")?(?:chart|plot|panel|graph) (?:per|for each)"
    ),
    "diverge": (
        r"residuals?|differ\w* from the (?:\w+ )?(?:average|mean)|deviat\w+ from|above "
        r"or below (?:the )?average|how (?:far|much) [^.?!]{0,70}?(?:away |off )?from (?:the |its |"
        r"their )?(?:\w+ )?(?:average|mean)\b|\bcompar\w* (?:to|with|against) (?:the |its |their )"
        r"(?:overall |total |global |general )?(?:average|mean)"
    ),
}

_REGRESSION = (
    (r"loess|lowess|smooth(?:ed)? (?:trend ?line|trend|line|curve)|smoother", "loess"),
    (r"polynomial|quadratic|cubic", "poly"),
    (r"regression|trend ?lines?\b(?! chart)|line of best fit|best[- ]fit|linear fit", "linear"),
)
_ERRORS = (
    (r"confidence (?:interval|band)s?|95 ?%|\bcis?\b", "ci"),
    (r"standard deviations?|std", "stdev"),
    (r"standard errors?", "stderr"),
    (r"inter-?quartile|iqr", "iqr"),
    (r"error[- ]?bars?|margin of error|error band", "ci"),
)
_STACKINGS = (
    (r"diverging", "diverging"),
    (
        r"normali[sz]ed|100 ?% stacked|stacked 100|\bstack\w* (?:up )?to 100 ?%|(?:percentage|"
        r"proportion(?:al)"
        r"?|relative) stacked|proportion of|\b(?:reach|add|sum|fill)\w*(?: up)?(?: to)? 100 ?%|"
        r"\b(?:fill|reach|cover|span)\w* the (?:whole|full|entire) (?:height|length|width)|"
        r"\ball (?:bars |areas )?(?:the same|of the same|equally) (?:height|long|tall|length)|"
        r"as (?:a )?(?:proportion|percentage) of (?:the )?(?:total|whole|each)",
        "normalize",
    ),
    (
        r"(?:layered|overlapping|overlaid) (?:\w+ )?bars?\b|overlapping rather than|"
        r"\bnot side[- ]by[- ]side\b|\bbars? (?:\w+ ){0,2}?(?:in front of|behind) (?:each other|"
        r"one another|the others?)\b|"
        r"bars?\b[^.?!]{0,40}(?:semi-?\s?transparent|see-through|translucent)|"
        r"(?:semi-?\s?transparent|see-through|translucent) (?:\w+ )?bars?",
        "layered",
    ),
    (
        r"not stacked|(?<!not )side[- ]by[- ]side|grouped (?:bar|column|horizontal)|clustered|"
        r"next to each other|bars? (?:grouped|beside)",
        "grouped",
    ),
    (r"overlapping bars|layered bar|overlaid|overlapping", "layered"),
    (
        r"stacked(?! vertically| on top of each other| horizontally)|stack(?:ing)"
        r"? (?:the )?(?:bars|by)|stacks?\b(?! vertically)",
        "stacked",
    ),
    (
        r"(?:bars?|each bar) (?:\w+ ){0,2}(?:split|divided|broken|segmented)|"
        r"split (?:\w+ ){0,2}by",
        "stacked",
    ),
)

# Words for marks that are points, where no kind of chart is named.
_POINTS = re.compile(
    r"\b(?:colou?r\w*|siz\w+|scal\w+|label\w*) (?:of )?(?:the |each |every )?"
    r"(?:points?|dots?|circles?)\b(?! size)"
    r"|\b(?:bigger|larger|smaller|larger|filled|coloured|colored) (?:points|dots|circles)\b"
    r"|\b(?:next to|beside|on|at|over|hover\w* over) (?:each |every |its |their |the )?"
    r"(?:points?|dots?|circles?)\b"
    r"|\b(?:each|every|some of the|as|as an?) (?:points?|dots?|circles?)\b"
    r"|^(?:points|dots|circles)\b|[.?!:] (?:points|dots|circles)\b"
    r"|\b(?:points|dots|circles) (?:\w+ ){0,2}?(?:colou?red|sized|shaped)\b"
    r"|^(?!compare|bars?\b|how |is |are |do )[\w' ]{3,50}? (?:against|versus|vs\.?) "
    r"|\b(?:plot|chart|show|draw|see)\b [^.?!:]{3,90}? (?:against|versus|vs\.?) "
)
_TICKS = re.compile(
    r"\btick marks?\b|\bbar[ -]and[ -]tick\b|\bwith (?:an? )?(?:\w+ ){0,3}ticks?\b(?! label)|"
    r"\bas (?:an? )?(?:\w+ ){0,3}ticks?\b|\b(?:red|black|white|orange|blue|green|gr[ae]y|dark|"
    r"bold|thick|"
    r"short|small) ticks?\b(?! label)|"
    r"\bticks? (?:\w+ ){0,3}?(?:for|show\w*|mark\w*|over|on top|represent\w*|indicat\w*) "
)
_MEAN_LINE = re.compile(
    r"(?:overall |global |grand )?(average|mean|median)(?: \S+){0,6}? (?:as|"
    r"with|by) (?:a |an )?"
    r"(?:\w+ ){0,3}(?:line|rule)\b|(?:line|rule) (?:\S+ ){0,5}?(?:at|for|with|where|(?:show|mark|"
    r"indicat|represent|tell|giv|follow|display)(?:e?s|e|ing)?(?: me)?) (?:the |their |its )?"
    r"(?:overall |global )?(average|mean|median)\b"
    r"(?! of (?![^.?!]{0,40}\b(?:select|chosen|choos|drag|brush|pick)))"
    r"|(average|mean|median) (?:\w+ ){0,2}?(?:line|rule)\b(?! chart| graph| plot)"
    r"|(?:mark|highlight|indicate)\w* (?:the )?(average|mean|median) (?:\S+ ){1,3}?"
    r"(?:with|by) (?:a |an )?(?:\w+ ){0,3}line\b"
    r"|overlay(?:ing)? (?:of )?(?:the |a )?(?:overall |global )?(average|mean|median)"
    r"(?= line| value|[.,;?!]|$)"
    r"|(average|mean|median) (?:\w+ )?overlay\b"
)
_AMONG_GROUPS = r" (?:each|every|per) "
_TRAIL = re.compile(next(pattern for pattern, family in _FAMILIES if family == "trail"))
_COMPILED = tuple((re.compile(p), f) for p, f in _FAMILIES)
_SMALL_COMPILED = {name: re.compile(p) for name, p in _SMALL.items()}


_OF_EACH = re.compile(r"[^.,;]{0,60}?\b(?:for|per|by|in|of) (?:each|every)\b")


# What these show is no line, bar or area of the values themselves, whatever mark draws it.
_PRECISE = frozenset(
    {"ecdf", "density", "qq", "violin", "ridgeline", "waterfall", "horizon", "bump"}
)
_GENERIC = frozenset({"line", "bar", "area", "scatter"})


_SELECTS = re.compile(r"\b(?:select|drag|brush|choos)\w*\b|\bchosen\b|\bpick (?:a|an|some|any)\b")


def selects(text: str) -> bool:
    """Whether the reader is to choose some of what is drawn.

    Args:
        text: A question in small letters.
    """
    return bool(_SELECTS.search(text))


def _first(rules: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in rules if re.search(pattern, text)), "")


def _family(text: str) -> tuple[str, str]:
    """The leading family and the words that name it."""
    hits: list[tuple[int, int, str, str]] = []
    for order, (pattern, family) in enumerate(_COMPILED):
        found = pattern.search(text)
        if found:
            hits.append((found.start(), order, family, found.group(0)))
    if len(hits) > 1:  # "over time" is a hint only where no mark is named
        hits = [h for h in hits if h[1] != len(_COMPILED) - 1] or hits
    if not hits:
        return "", ""
    explicit = [h for h in hits if re.search(r"chart|plot|graph|map|gram|diagram|matrix", h[3])]
    strong = [h for h in hits if h[2] not in {"line", "bar", "scatter", "bubble"}]
    pool = explicit or hits
    first = min(pool)
    named = [h for h in hits if h[2] in _PRECISE]
    if named and first[2] in _GENERIC:
        first = min(named)  # "a line chart showing the cumulative distribution"
    # A precise name that starts inside or right before the first hit wins over it.
    for hit in strong:
        if hit[0] <= first[0] + len(first[3]) and hit[1] < first[1]:
            first = hit
            break
    return first[2], first[3]


def read_chart_kind(text: str) -> ChartKind:
    """Read the kind of chart from a question.

    Args:
        text: The question without quoted titles.
    """
    lower = re.sub(r"\s+", " ", text.lower())
    lower = re.sub(r"(?:rather than|instead of) [^,.;]*", "", lower)
    named = re.sub(r"error[- ]?bars?(?! (?:chart|plot|graph))", "error marks", lower)
    # "Confidence interval as whiskers": such whiskers are those of no box.
    named = re.sub(r"\b((?:deviations?|errors?|intervals?)\b[^.?!]{0,40}?)\bwhiskers?\b",
                   r"\1error marks", named)  # fmt: skip
    # Values that are named in brackets, with more like them, are no chart ("violin, cello, …").
    named = re.sub(r"\([^)]*(?:and so on|\betc\b|\be\.g\.|\.\.\.|…)[^)]*\)", " ", named)
    family, name = _family(named)
    family, name = described_kind(named, family, name, drawn=bool(drawn_mark(lower)[0]))
    hinted = family == "line" and not re.search(r"line|chart|plot|graph", name)
    if not family or hinted:
        marked = drawn_mark(lower)
        if marked[0]:
            family, name = marked
        elif (pointed := _POINTS.search(lower)) is not None:
            family, name = "scatter", pointed.group(0)
    if family in {"", "scatter", "line", "bar"} and joins_two_dots(lower):
        family = "dumbbell"
    small = {key: bool(pattern.search(lower)) for key, pattern in _SMALL_COMPILED.items()}
    small["labels"] = asks_for_labels(lower)
    stacking = _first(_STACKINGS, lower)
    regression = _first(_REGRESSION, lower)
    error = _first(_ERRORS, lower)
    shaded = bool(re.search(r"\bband\b|\bshad(?:e|ed|ing)\b|area around", lower))
    if shaded and error in {"stdev", "stderr", "iqr"} and family == "":
        family, name = "line", "line with a band"  # a band lies along an axis, around a line
    if error == "ci" and "confidence" in lower and (not family or "chart" not in name):
        if shaded and family in {"", "line"}:
            family, name = "line", "line"
        elif family in {"", "line", "scatter"} and re.search(r"\b(?:dots?|points?)\b", lower):
            family = "errorbar"  # "dots for the means, lines for the intervals"
    pointed_out = family == "scatter" and not re.search(r"scatter|plot|chart", name)
    if error in {"stdev", "stderr", "iqr"} and "error marks" in named and pointed_out:
        family = "errorbar"  # "means and deviations as points with error bars"
    if not family and error in {"stdev", "stderr"} and "whisker" in lower:
        family = "errorbar"
    if family in {"errorbar"} and not error:
        error = "ci"
    if error and re.search(
        r"min(?:imum)?[- ](?:and|to)[- ](?:the )?max|\b(?:lowest|smallest|minimum|least|youngest|"
        r"shortest)\b[^.?!]{0,30}?\b(?:to|and) (?:the |its |their )?(?:highest|largest|maximum|"
        r"most|greatest|oldest|longest)\b",
        lower,
    ):
        error = "range"
    mean_line = ""
    found = _MEAN_LINE.search(lower)
    while found is not None and re.search(_AMONG_GROUPS, found.group(0)):
        found = _MEAN_LINE.search(lower, found.start() + 1)
    if found is not None:
        word = next(group for group in found.groups() if group)
        mean_line = "median" if word == "median" else "mean"
    placed = re.search(r"\b(?:line|rule)s? (?:\w+ ){0,3}at \$?\d", lower)
    apart = small["dual_axis"]  # a line with a scale of its own shows something else
    if found and (placed or apart or _OF_EACH.match(lower, found.end())):
        mean_line = ""  # "a line showing the average age for each team" is a second measure
    if mean_line and not re.search(r"chart|plot|graph", name) and selects(lower):
        family = "bar" if family in {"", "line"} else family  # the line is that of the mean
    overlay = ""
    over = family == "bar" or (family == "area" and small["dual_axis"])
    if over and re.search(r"\bline\b(?! chart| graph)", lower) and not mean_line:
        shown = re.search(
            r"line (?:\w+ ){0,2}(?:show|represent|indicat|for|with|overlaid|display)"
            r"|as (?:a |an )?(?:\w+ ){0,2}line\b",
            lower,
        )
        threshold = re.search(r"threshold|dashed line", lower)
        overlay = "line" if shown and not threshold else ""
    if overlay == "line" and small["dual_axis"] is False and "overlay" in lower:
        small["dual_axis"] = True
    if family == "bar" and not overlay and _TICKS.search(lower):
        overlay = "tick"
    timed = re.search(
        r"\bover (?:the )?(?:years|time|months)\b|\b(?:per|by|each|every) (?:year|month)", lower
    )
    if family == "errorbar" and shaded and timed and not re.search(r"\bdots?\b|\bpoints?\b", lower):
        family = "line"  # an interval that is shaded along time is a band around a line
    if family == "line" and small["step"] and re.search(r"\bfill(?:ed|ing)?\b|\bshaded\b", lower):
        family = "area"
    if family == "area" and "normal" in lower:
        stacking = "normalize"
    if (
        family == "line"
        and mean_line
        and re.search(r"line (?:chart|graph) \S+ (?:the )?(?:average|mean)", lower)
    ):
        mean_line = ""
    if family == "line" and _TRAIL.search(lower):
        family = "trail"
    small["bubble"] = small["bubble"] or family == "bubble"
    if family == "bubble":
        family = "scatter"
    if small["radial"] and family != "arc":
        small["radial"] = False
    if family == "arc" and re.search(
        r"\bwith (?:the )?(?:percent\w*|values|numbers|counts)\b", lower
    ):
        small["labels"] = True
    band = error != "" and shaded
    return ChartKind(
        family=family,
        name=name,
        stacking=stacking,
        regression=regression if family in {"", "scatter", "line"} else "",
        error=error,
        band=band,
        mean_line=mean_line,
        overlay=overlay,
        **small,
    )
