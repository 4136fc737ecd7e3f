"""Panels and colours of histograms that neither a reference nor the words have."""

from __future__ import annotations

import re
from dataclasses import replace

from multivis.charts.reference import CodeFacts, read_code
from multivis.charts.reference import View as CodeView
from multivis.offline.adapt_figures import read_figure
from multivis.offline.adapt_sketch import read_fields
from multivis.offline.plan import Layer, Plan
from multivis.offline.reference_kind import has_panels

__all__ = ["without_idle_parts"]

_PANELS = frozenset({"row", "column", "facet"})
_SAID = re.compile(
    r"facet|small multiple|trellis|panel|\brows?\b|\bcolumns?\b|\bseparate|side[- ]by[- ]side"
    r"|next to each other|\bown\b|\bgrid\b|\b(?:one|a) (?:\w+ )?(?:chart|plot|graph|histogram)"
    r" (?:for|per)\b|\bsubplots?\b|\bsplit\b|\bbelow each other\b|\bstrips?\b",
    re.I,
)


_COLOURED = re.compile(
    r"colou?r|shade|\bhue|stack|overla|compar|legend|group|separate|split|versus|\bvs\b", re.I
)


def without_idle_parts(reference_code: str, plan: Plan, question: str) -> Plan:
    """The plan without panels, and histograms without groups, that nothing asks for.

    A reference says how many things its chart tells apart: what neither it nor a word has goes,
    unless something else shows it as well.

    Args:
        reference_code: The script of the reference; it parses.
        plan: The plan in its form.
        question: The question.
    """
    facts = read_code(reference_code)
    idle = frozenset[str]()
    if not _SAID.search(question) and not _in_panels(facts):
        idle = _PANELS
    layers = [layer for view in plan.views for layer in view.layers]
    counted = bool(layers) and all(map(_is_histogram, layers))
    shade = _shade_of_bins(facts)
    if counted and not _in_groups(facts) and (shade or not _COLOURED.search(question)):
        idle |= {"color"}
    gone = {
        c.field
        for layer in layers
        for c in layer.channels
        if c.name in idle and c.field and c.kind not in {"quantitative", None}
    }
    if not counted:  # panels alone tell some things apart; two axes leave no room for them
        told = {c.field for la in layers for c in la.channels if c.name not in idle | {"tooltip"}}
        gone = gone if any(view.resolve for view in plan.views) else gone & told
    if not gone:
        return plan

    def kept(layer: Layer) -> Layer:
        channels = [c for c in layer.channels if not (c.name in idle and c.field in gone)]
        along = next((c for c in channels if c.bin >= 0), None)
        if shade and along is not None and not any(c.name == "color" for c in channels):
            own = layer.channel("color")
            scale = own.scale if own is not None else {}
            channels.append(replace(along, name="color", scale=scale, axis={}, sort=""))
        return replace(layer, channels=tuple(channels))

    views = tuple(replace(v, layers=tuple(kept(la) for la in v.layers)) for v in plan.views)
    shown = {c.field for v in views for la in v.layers for c in la.channels}
    shown |= {name for v in views for la in v.layers for name in read_fields(la)}
    query = plan.query
    unread = gone - shown
    if not query.fold and not any(name in unread for name, _ in query.order):
        query = replace(query, outputs=tuple(o for o in query.outputs if o.name not in unread))
    return replace(plan, views=views, query=query)


def _is_histogram(layer: Layer) -> bool:
    binned = any(c.bin >= 0 and c.name in {"x", "y"} for c in layer.channels)
    counted = any(c.name in {"x", "y"} and c.aggregate == "count" for c in layer.channels)
    return layer.mark == "bar" and binned and counted


def _in_groups(facts: CodeFacts) -> bool:
    """Whether the bars of a reference are told apart in groups."""
    if facts.view is None:
        return any(artist.repeated for artist in facts.artists)
    colors = [unit.channels.get("color") for unit in facts.units()]
    return any(c is not None and (c.condition or (c.field and not c.bin)) for c in colors)


def _shade_of_bins(facts: CodeFacts) -> bool:
    """Whether the bars of a histogram are shaded by their bins."""
    if facts.view is None:
        return False
    colors = [unit.channels.get("color") for unit in facts.units()]
    return any(c is not None and c.field and c.bin for c in colors)


def _in_panels(facts: CodeFacts) -> bool:
    """Whether the chart of a script has panels."""
    if facts.view is None:
        return bool(has_panels(facts) or read_figure(facts).facets)
    return any(unit.channels.keys() & _PANELS for unit in facts.units()) or _faceted(facts.view)


def _faceted(view: CodeView) -> bool:
    return view.kind in {"facet", "repeat"} or any(_faceted(child) for child in view.children)
