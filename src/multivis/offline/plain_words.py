"""Other ways to say the same: "headcount", "add up", "its price minus the mean price".

A question is put into the words that the reader of questions knows, before anything is read. What
stands in quotes stays as it is: titles, labels and values.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from multivis.offline.catalog import Catalog
from multivis.offline.counted_things import holds_persons
from multivis.offline.superlatives import with_measures
from multivis.offline.words import likeness, stem

__all__ = ["in_plain_words"]

_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)|(?<!\w)‘[^’]*’(?!\w)"  # titles, labels, values
)


def in_plain_words(question: str, catalog: Catalog) -> str:
    """The question in words that have one meaning.

    Args:
        question: As it was asked.
        catalog: The schema; what is the name of a column stays.
    """
    names = {word for field in catalog for word in field.words}
    pieces, position = [], 0
    for quoted in _QUOTED.finditer(question):
        pieces += [_reworded(question[position : quoted.start()], catalog, names), quoted.group()]
        position = quoted.end()
    return "".join([*pieces, _reworded(question[position:], catalog, names)])


def _reworded(text: str, catalog: Catalog, names: set[str]) -> str:
    if not re.search(r"\w", text):
        return text
    if not names & {"headcount", "head"}:
        text = _heads_counted(text, catalog)
    text = with_measures(_off_average(text), catalog)
    text = _ONE_BY_ONE.sub(lambda found: _for_each(found, catalog), text)
    if not names & {"lowest", "highest", "smallest", "largest", "minimum", "maximum"}:
        text = _STRETCH.sub(_stretch, text)
    for pattern, plain in _PLAINLY:
        text = pattern.sub(plain, text)
    return text


# ── how many ────────────────────────────────────────────────────────────────────────────────

_HEADS_OF = re.compile(r"\bhead[- ]?counts? of (?:the |all |our |their )*", re.IGNORECASE)
_HEADS = re.compile(r"\b(?:([a-z][\w-]*)(['’]s?)? )?head[- ]?counts?\b", re.IGNORECASE)
_NO_NOUN = frozenset(
    """a an the its their our his her my your total overall each every per by with of for and or as
    in on to over show shows showing give gives giving plot draw chart compare comparing get want
    need see rank ranked sort sorted order ordered current exact yearly annual monthly average mean
    whole same this that what which is are be have has having where whose biggest highest largest
    lowest smallest than versus vs against from""".split()  # noqa: SIM905
)


_PEOPLE = frozenset({"person", "employee", "staff", "worker", "member", "student", "individual"})
_PLACES = frozenset(
    """department division team branch company office school class city country state region group
    club unit site building shop store project firm organisation campus college university party
    province district town dorm hospital ward agency""".split()  # noqa: SIM905
)  # a department has a headcount, it is none of the heads


def _heads_counted(text: str, catalog: Catalog) -> str:
    """ "Manager headcount" is the number of managers; alone it is that of people."""
    text = _HEADS_OF.sub("number of ", text)
    known = [entity.words for entity in catalog.entities.values()]
    held = [
        f for f in catalog
        if f.is_measure and {"number", "count", "total"} & set(f.words) and _PEOPLE & set(f.words)
    ]  # fmt: skip
    persons = bool(held) or any(
        holds_persons(name, catalog) or entity.words[-1:] in {("person",), ("member",)}
        for name, entity in catalog.entities.items()
    )
    people = " ".join(sorted(_PEOPLE & set(held[0].words))) if len(held) == 1 else "people"
    said = ""

    def counted(found: re.Match[str]) -> str:
        nonlocal said
        noun, owner = found.group(1) or "", found.group(2) or ""
        thing = stem(noun.lower())
        named = any(likeness(thing, word) >= 0.9 for words in known for word in words)
        plain = owner or not noun or noun.lower() in _NO_NOUN or thing in _PLACES
        if plain or not (named or thing in _PEOPLE):
            what = f"number of {said or people}" if persons else "count"
            return f"{noun}{owner}{',' if thing in _PLACES and not owner else ''} {what}".strip()
        said = noun
        return f"number of {noun}"

    return _HEADS.sub(counted, text)


# ── how far from the average ────────────────────────────────────────────────────────────────

_ENDS = (
    r"and|as|on|onto|by|per|to|with|in|then|is|are|was|were|should|goes|go|so|which|that|where|who|"
    r"against|versus|vs|up|down|but|or|for|plotted|shown|drawn|displayed|along|across|going|put"
)
_MEAN = (
    r"(?:the |its |their |that |an? )?(?:own )?(?:(?:overall|grand|global|general|total|common|"
    r"whole|group|pooled|combined|[a-z]+[- ]wide|company|class|national|league|industry|team|"
    r"corresponding|respective) ){0,2}(?:mean|average|avg)\b"
    rf"(?P<tail>(?: (?!(?:{_ENDS})\b)[\w'’-]+| for (?:all|everyone|everybody|the whole)){{0,8}})"
)
_LESS_MEAN = (
    re.compile(
        rf"(?P<what>[^.;:?!]{{0,160}}?\b[\w)]+),? (?:minus|less|relative to|in relation to|"
        rf"over and above|in excess of|subtracting|net of) {_MEAN}",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:the )?(?:differences?|gaps?|distances?|margins?|spread) between "
        rf"(?P<what>[^.;:?!]{{3,80}}?) and {_MEAN}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:subtract(?:ing)?|deduct(?:ing)?|take|taking|remove|removing)(?: away| off)? {_MEAN}"
        r" from (?P<what>(?:each|every|all|the|their|its) [^.;:,?!]{2,60}?)"
        rf"(?=[.;:,?!(]| (?:{_ENDS})\b|$)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<what>[^.;:?!]{{0,160}}?\b[\w)]+),? with {_MEAN} "
        r"(?:subtracted|taken (?:away|off)|deducted|removed)",
        re.IGNORECASE,
    ),
)
_AWAY = re.compile(
    r"\b(?:(?:distances?|departures?|offsets?|gaps?) from|(?:surplus|excess|shortfall) (?:over|"
    r"against|below|above|relative to)) "
    r"(?=(?:the |its |their )?(?:[\w-]+ ){0,2}(?:mean|average)\b)",
    re.IGNORECASE,
)
_OF_ALL = frozenset({"of", "over", "across", "for", "among", "in", "value", "figure", "level"})
_EACH_OWN = re.compile(
    r"\b(?:each|every) ((?:[\w-]+ )?[\w-]+)['’]s? ((?:[\w-]+ ){0,3}[\w-]+)$", re.IGNORECASE
)
_OF_GROUP = re.compile(r" (?:of|for|in|within|over) (?:its|their|the same|that) .*", re.IGNORECASE)


def _off_average(text: str) -> str:
    """The text, with "how far from the average" for a number less its own average."""

    def told(found: re.Match[str]) -> str:
        tail, what = found["tail"], found["what"]
        noun = (tail.split() or ["of"])[0].lower()
        said = {stem(word) for word in re.findall(r"[\w-]+", what.lower())}
        if noun not in _OF_ALL and stem(noun) not in said:
            return found.group(0)  # another number's average
        what = _EACH_OWN.sub(r"the \2 of each \1", what)
        group = _OF_GROUP.search(tail)
        return f"{what} (how far from the overall average{group.group() if group else ''})"

    for pattern in _LESS_MEAN:
        text = pattern.sub(told, text)
    return _AWAY.sub("deviation from ", text)


# ── in which groups ─────────────────────────────────────────────────────────────────────────

_ONE_BY_ONE = re.compile(r",?(?<![\w-]) ?\b([a-z]{3,}) by \1\b,?", re.IGNORECASE)
_IN_A_ROW = frozenset(
    """season episode round week match game race lap stage year month day hour quarter decade
    edition issue version chapter generation meeting side step one piece point little bit case
    line""".split()  # noqa: SIM905
)


def _for_each(found: re.Match[str], catalog: Catalog) -> str:
    """ "Country by country" is for each country; "season by season" follows them in their order."""
    noun = stem(found.group(1).lower())
    if noun in _IN_A_ROW:
        return found.group(0)
    known = [entity.words[-1:] for entity in catalog.entities.values()]
    known += [field.words for field in catalog if field.is_category or field.is_identifier]
    if not any(likeness(noun, word) >= 0.75 for words in known for word in words):
        return found.group(0)
    lead = " " if found.group(0)[:1] in {" ", ","} else ""
    comma = "," if found.group(0).endswith(",") else ""
    return f"{lead}for each {found.group(1).lower()}{comma}"


# ── sums, means and counts told as something that is done ───────────────────────────────────

_START = (
    r"(?P<lead>(?:^|[.;:,!?] |\b(?:please|to|and|then|just|also|you|we|i) ))"  # where a verb stands
)
_FIGURES = {"add": "total", "sum": "total", "total": "total", "tot": "total", "average": "average",
            "count": "number of", "tally": "number of"}  # fmt: skip
_GROUP = r"(?:for|in|per|by|of) (?:each |every |all )?[\w-]+(?: [\w-]+)?"


def _done(found: re.Match[str]) -> str:
    """ "Add up, for each shop, the sales": for each shop, the total sales."""
    figure = _FIGURES[found["verb"].split()[0].lower()]
    return f"{found['lead']}show {found['group']}, the {figure} "


_VERB = (
    r"(?P<verb>add up|add together|sum up|sum|total up|total|tot up|average|tally up|tally|count)"
)
_THE = r"(?:(?:the|all|all the|their|its|our|up) )"
_NOUNS = (
    r"(?:(?!(?:in|with|for|and|one|another|the|a|an|colou?r|put|draw|show|plot|against|"
    r"versus|vs|across|along|on|by|per|up|down|to|from|as|is|are|has|have|gets?)\b)[\w'’-]+ )"
    r"{0,3}?(?:[\w'’-]+ and )?[\w'’-]+"
)
_OWN = r"(?:(?:the|its|their|his|her|each|every|that) )?"
_NOUN = rf"(?!(?:{_ENDS}|the|its|their|each|every|of|a|an)\b)[\w-]+"
_ORDERED = re.compile(
    r"\b(?:sort|order|rank|arrang|join|connect|link|follow|go)\w*\b[^.;?!]{0,50}$", re.I
)
_STRETCHED = re.compile(
    r"\b(?:bars?|columns?|lines?|rules?|whiskers?|segments?|rang\w+|stretch\w*|reach\w*|span\w*|"
    r"extend\w*|run\w*|draw\w*)\b[^.;?!]{0,70}$",
    re.IGNORECASE,
)


_LOWEST = r"(?:smallest|lowest|minimum|least|cheapest|shortest)"
_HIGHEST = r"(?:largest|highest|maximum|greatest|biggest|dearest|longest)"
_STRETCH = re.compile(
    r"(?P<lead>\b(?:from|between|(?:starts?|starting|begins?|beginning) (?:at|with|from)) )"
    rf"{_OWN}{_LOWEST}(?P<one>(?: {_NOUN}){{0,3}}?)(?: (?:value|figure))? (?:up )?"
    r"(?:to|and(?: (?:ends?|ending|stops?|stopping|finish\w*|reach\w*))?(?: (?:at|with|in))?) "
    rf"{_OWN}{_HIGHEST}(?: (?:one|ones|value|figure)\b)?(?P<two>(?: {_NOUN}){{0,3}})",
    re.IGNORECASE,
)


def _stretch(found: re.Match[str]) -> str:
    """ "From the lowest to the highest price": the range of the price."""
    one, two = found["one"].strip(), found["two"].strip()
    before = found.string[: found.start()] + found["lead"]
    apart = one and two and stem(one.split()[-1].lower()) != stem(two.split()[-1].lower())
    if apart or not (one or two) or _ORDERED.search(before) or not _STRETCHED.search(before):
        return found.group(0)
    return f"showing the minimum to maximum {two or one}"


_OTHER = r"(?:another|the other|a second|a different|one)(?: (?:one|colou?r))?"
_PLAINLY: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (  # "each singer's number of concerts"
        re.compile(
            r"\b(?:for )?(?P<each>each|every) (?P<thing>(?:[\w-]+ )?[\w-]+)['’]s? "
            r"(?P<how>(?:total |overall )?"
            r"(?:number|count|sum|total|average|mean|median|share|percentage))\b",
            re.IGNORECASE,
        ),
        r"for \g<each> \g<thing> show the \g<how>",
    ),
    (  # "a dot per singer, their worth across"
        re.compile(
            r"\b(?P<each>per|each|every) (?P<thing>(?:[\w-]+ ){0,2}[\w-]+), "
            r"(?P<its>its|their|his|her) ",
            re.IGNORECASE,
        ),
        r"\g<each> \g<thing>: \g<its> ",
    ),
    (re.compile(r"\b(year|month|week|day|quarter) (?:by|after) \1\b", re.I), r"over the \1s"),
    (  # "counts, for each shop, the sales"
        re.compile(
            rf"\bcount(?:s|ing)?,? (?P<group>{_GROUP}), (?:the|all|all the|their|its|our) ",
            re.IGNORECASE,
        ),
        r"shows \g<group> the number of ",
    ),
    (
        re.compile(rf"{_START}{_VERB},? (?P<group>{_GROUP}), {_THE}", re.IGNORECASE),
        _done,
    ),
    (re.compile(r"\b(?:tally|tallying) up\b|\btallying\b", re.IGNORECASE), "counting"),
    (
        re.compile(
            r"\b(?:total|totall?ing|tot|totting) up\b|\badd(?:ing)? together\b", re.IGNORECASE
        ),
        "sum up",
    ),
    (re.compile(rf"{_START}tally (?!of\b|marks?\b|charts?\b|sheets?\b)", re.I), r"\g<lead>count "),
    (re.compile(r"\btallied\b", re.IGNORECASE), "counted"),
    (
        re.compile(
            r"\bwhat (?:do|does|did) (?P<what>[^.?!,]{3,50}?) (?:add up|amount|come|sum(?: up)?|"
            r"total) (?:up )?to\b",
            re.IGNORECASE,
        ),
        r"what is the total \g<what>",
    ),
    (
        re.compile(
            r"\ball (?:the |our |of the )?[^.:;,?!]{3,40}? (?:summed(?: up)?|added (?:up|together)|"
            r"totall?ed|taken together|put together|pooled|lumped together) ?[:,–—-] ?",
            re.IGNORECASE,
        ),
        "total ",
    ),
    (
        re.compile(
            rf"(?P<one>{_NOUNS}),? (?:drawn |shown |plotted )?(?:in|as|with) (?:one|a|a first) "
            rf"colou?r(?: of its own)?,? and (?P<two>(?:the |their |its )?{_NOUNS}),? "
            rf"(?:drawn |shown |plotted )?(?:in|as|with) {_OTHER}\b",
            re.IGNORECASE,
        ),
        r"\g<one> and \g<two> in two colors",
    ),
    (
        re.compile(
            rf"\b(?:in|with|using)? ?(?:one|a|a first) colou?r (?:for|=|to) "
            rf"(?:the )?(?P<one>{_NOUNS}),? (?:and )?{_OTHER} for "
            rf"(?P<two>(?:the |their |its )?{_NOUNS})(?=[.,;:?!)]|$|,? (?:and|with|in|on|at)\b)",
            re.IGNORECASE,
        ),
        r"showing \g<one> and \g<two> in two colors",
    ),
    (re.compile(r"\bundergrads\b", re.IGNORECASE), "undergraduates"),
    (re.compile(r"\bundergrad\b", re.IGNORECASE), "undergraduate"),
    (re.compile(r"\bgrad students?\b", re.IGNORECASE), "graduate students"),
    (re.compile(r"\bgrads\b", re.IGNORECASE), "graduates"),
)
