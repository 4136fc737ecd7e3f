"""Whatever stands in a figure, reading it gives traces or one clear error."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multivis.errors import MultiVisError
from multivis.views import OPERATIONS, ViewStore
from multivis.views.plotly_traces import KINDS

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10),
    st.floats(),
    st.sampled_from(["a", "b", "2020-01-01", "2020-02-01T10:00", "1", "", "é"]),
)
columns = st.one_of(st.lists(scalars, max_size=6), scalars, st.lists(st.lists(scalars, max_size=3)))
NAMES = (
    "x y z r theta a b c lat lon locations labels parents values value open high low close base "
    "q1 median q3 text name mode visible orientation stackgroup fill xaxis yaxis x0 dx ids "
    "dimensions cells header link node xbins histfunc cumulative hoverinfo"
)
OTHERS = (
    "scatter bar pie box violin heatmap histogram surface table image sankey splom parcoords "
    "indicator scatter3d mesh3d ohlc unheard"
)
attributes = st.sampled_from(NAMES.split())
types = st.sampled_from(sorted({*KINDS, *OTHERS.split()}))
traces = st.builds(
    lambda kind, rest: {**rest, "type": kind}, types, st.dictionaries(attributes, columns)
)
axes = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["linear", "log", "date", "category", "-"]),
        "range": st.lists(scalars, max_size=3),
        "matches": st.sampled_from(["x", "y", "x2", "z"]),
        "categoryorder": st.sampled_from(["total ascending", "array", "category descending"]),
        "categoryarray": st.lists(scalars, max_size=3),
        "title": scalars,
    },
)
layouts = st.fixed_dictionaries(
    {},
    optional={
        "xaxis": st.one_of(axes, scalars),
        "yaxis": axes,
        "barmode": st.sampled_from(["stack", "relative", "group"]),
        "title": scalars,
    },
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(traces, max_size=3), layouts)
def test_a_strange_plotly_figure_is_read_or_refused(data, layout):
    with ViewStore() as store:
        views = store.session()
        try:
            views.add_figure(json.loads(json.dumps({"data": data, "layout": layout})))
        except MultiVisError:
            return
        for name, operation in OPERATIONS.items():
            if name in {"show_plot", "get_plot_image"}:
                continue
            arguments = {"plot_id": 1}
            extra = {"curve_number": 0, "x_min": 0, "y_max": 3, "a": 0, "b": 1}
            arguments |= {k: v for k, v in extra.items() if k in operation.arguments.model_fields}
            try:
                json.dumps(views.call(name, arguments), allow_nan=False)
            except MultiVisError as error:
                assert str(error)
