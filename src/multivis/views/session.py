"""One session's plots: the seven tools of the paper and the calculators, as plain methods.

Every method takes and gives JSON values, and raises a `MultiVisError` whose sentence names the
cause and the next step. `multivis.views.tools` offers them to models; a server can call them by
name with `ViewSession.call`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multivis.errors import CodeError, InputError
from multivis.views import calculators as calculate
from multivis.views.arrays import decode_tree, plain
from multivis.views.figure import Bound, Figure, Trace, ViewState, open_figure
from multivis.views.focus import focal_context, focus_box, focused_traces, in_box
from multivis.views.reading import (
    MOST_CHARACTERS,
    at_path,
    characters,
    focus_budget,
    focused,
    within,
)
from multivis.views.replies import bound_given, figure_of, some_points
from multivis.views.sessions import Event, ViewStore

if TYPE_CHECKING:
    from multivis.protocols import Sandbox
    from multivis.settings import Settings
    from multivis.views.answers import View
    from multivis.views.calculators.items import Item

__all__ = ["ViewSession"]

_KEPT_FIGURES = 4
_MOST_POINTS = 100


class ViewSession:
    """The plots of one session. Thread-safe; several may share a store.

    Args:
        store: Where plots and history are kept.
        name: The session's name; plots of other sessions are out of reach.
        sandbox: Where `show_plot` runs code; by default one is opened on first use.
        settings: Limits for that code; defaults to `Settings()`.
    """

    def __init__(
        self,
        store: ViewStore,
        name: str = "default",
        *,
        sandbox: Sandbox | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.store = store
        self.name = name
        self._sandbox = sandbox
        self._owns_sandbox = sandbox is None
        self._settings = settings
        self._lock = threading.RLock()
        self._figures: OrderedDict[int, tuple[Figure, int]] = OrderedDict()

    def close(self) -> None:
        """Stop the sandbox, if this session opened one; the store stays open."""
        with self._lock:
            if self._owns_sandbox and self._sandbox is not None:
                self._sandbox.close()
                self._sandbox = None

    def __enter__(self) -> ViewSession:
        return self

    def __exit__(self, *stop: object) -> None:
        self.close()

    # ── base tools (A.1) ────────────────────────────────────────────────────────────────────

    def show_plot(self, plotly_codes: str) -> dict[str, Any]:
        """Run code in the sandbox and keep the figure it leaves.

        Args:
            plotly_codes: Python with its imports that leaves a figure, for example in ``fig``.
                Altair and Matplotlib charts are taken too.

        Returns:
            ``{"plot_id", "interaction_id", "library", "traces": [{"trace", "name", "kind",
            "points"}]}``.

        Raises:
            CodeError: The code fails, or leaves no figure.
            SandboxError: The code could not be run at all.
        """
        if not plotly_codes.strip():
            raise CodeError("There is no code to run.", hint="Give Python that leaves a figure.")
        sandbox, limits = self._open_sandbox()
        run = sandbox.run(plotly_codes, limits=limits)
        return self.add_figure(*figure_of(run), code=plotly_codes)

    def add_figure(
        self, spec: Mapping[str, Any], library: str | None = None, *, code: str = ""
    ) -> dict[str, Any]:
        """Keep a figure that is there already; returns what `show_plot` does.

        Args:
            spec: Plotly JSON, Vega-Lite, or a description of a Matplotlib figure.
            library: See `open_figure`.
            code: The code that made it, if known.

        Raises:
            InputError: The specification is none of these.
        """
        figure = open_figure(spec, library)
        traces = figure.traces()
        figure.axes()  # a figure that cannot be read is refused now, not when it is handled
        plot_id, event = self.store.add_plot(self.name, spec, figure.library, code)
        rows = [
            {"trace": t.index, "name": t.name, "kind": t.kind, "points": len(t)} for t in traces
        ]
        made = {"plot_id": plot_id, "interaction_id": event, "library": figure.library}
        if len(rows) > 30:
            return {**made, "traces": rows[:30], "trace_count": len(rows)}
        return {**made, "traces": rows}

    def get_plot_image(self, plot_id: int, interaction_id: int | None = None) -> dict[str, Any]:
        """The picture of a state, drawn when it is first asked for: ``{"image_path"}``.

        Args:
            plot_id: The plot.
            interaction_id: A state of its history; by default the latest.

        Raises:
            InputError: No such plot or interaction.
            RenderError: It cannot be drawn; the message names the fix.
        """
        figure, _ = self._figure(plot_id)
        event = self._event(plot_id, interaction_id)
        path = self.store.picture(self.name, plot_id, event.id)
        if not path.is_file():
            picture = figure.png(event.state)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{threading.get_ident()}.part")
            part.write_bytes(picture)
            part.replace(path)
        return {"image_path": str(path), "interaction_id": event.id}

    # ── introspection (A.2) ─────────────────────────────────────────────────────────────────

    def get_plot_json(
        self,
        plot_id: int,
        path: str | None = None,
        focus: bool = False,
        max_chars: int | None = None,
        frame: str | None = None,
    ) -> Any:
        """The specification of a plot in its present state, or a part of it.

        Args:
            plot_id: The plot.
            path: A part of it: ``data[0].y[10:20]``, ``layout.xaxis``, ``encoding.x``.
            focus: Only the points that the interactions so far direct attention to: the latest
                selection, else the zoomed range; hidden traces left out.
            max_chars: Size of the answer as JSON. By default 20,000, and for a focused read 2 %
                of the whole specification (2,000 below 1,000 points).
            frame: With `focus`: a frame of an animation.

        Returns:
            The specification as JSON (``{"data", "layout"}`` for Plotly) when it fits;
            otherwise shortened, with ``hint``. For `focus` see `reading.focused`.

        Raises:
            InputError: No such plot or path.
        """
        if max_chars is not None and max_chars < 100:
            raise InputError(
                f"max_chars = {max_chars} is too small to say anything.", hint="Give 100 or more."
            )
        figure, size = self._figure(plot_id)
        state = self.state(plot_id)
        if focus:
            if path is not None:
                raise InputError(
                    "A path and a focus cannot be read at once.", hint="Leave one of them out."
                )
            points = sum(len(trace) for trace in figure.traces(state))
            most = focus_budget(size, points, max_chars)
            return focused(figure, state, most=most, frame=frame)
        most = MOST_CHARACTERS if max_chars is None else max_chars
        spec = figure.specification(state)
        value = at_path(spec, path) if path else decode_tree(spec)
        found, cut = within(value, most)
        if not cut:
            return found
        hint = "Shortened. Ask for a path such as data[0].y[0:50], or zoom and read with focus."
        if figure.library == "vega-lite":
            hint = "Shortened. Ask for a path such as encoding.x, or zoom and read with focus."
        room = {"characters": size, "hint": hint}
        found, _ = within(value, max(2, most - len(hint) - 60))
        return {**found, **room} if isinstance(found, dict) else {"value": found, **room}

    # ── interaction (A.3) ───────────────────────────────────────────────────────────────────

    def relayout(
        self,
        plot_id: int,
        x_min: Bound = None,
        x_max: Bound = None,
        y_min: Bound = None,
        y_max: Bound = None,
        x_axis: str = "",
        y_axis: str = "",
        actor: str = "agent",
    ) -> dict[str, Any]:
        """Zoom or pan by the bounds of an x and a y axis; shared axes follow.

        Args:
            plot_id: The plot.
            x_min: Lower bound: a number in data units (also on log axes), a date as ISO text,
                or the name of a category. A bound left out stays as it is.
            x_max: Upper bound.
            y_min: Lower bound.
            y_max: Upper bound.
            x_axis: The x axis of a subplot: ``"x2"``; by default the first.
            y_axis: The y axis of a subplot.
            actor: ``"agent"`` or ``"person"``.

        Returns:
            ``{"success": True, "interaction_id", "payload", "focus"}``.

        Raises:
            InputError: No such plot or axis, or bounds that cannot be shown.
        """
        with self._lock:
            figure, _ = self._figure(plot_id)
            before = self.state(plot_id).model_copy(update={"selection": None})
            step = figure.relayout(before, (x_min, x_max), (y_min, y_max), (x_axis, y_axis))
            return self._keep(plot_id, figure, "relayout", step.payload, step.state, actor)

    def legendclick(
        self, plot_id: int, curve_number: int, label: str | None = None, actor: str = "agent"
    ) -> dict[str, Any]:
        """Switch a trace on or off.

        Args:
            plot_id: The plot.
            curve_number: Index of the trace, from 0.
            label: A slice of a pie instead of the whole trace.
            actor: ``"agent"`` or ``"person"``.

        Returns:
            ``{"success": True, "interaction_id", "payload", "focus"}``.

        Raises:
            InputError: No such plot or trace; the message names the valid numbers.
        """
        with self._lock:
            figure, _ = self._figure(plot_id)
            step = figure.legendclick(self.state(plot_id), curve_number, label)
            return self._keep(plot_id, figure, "legendclick", step.payload, step.state, actor)

    def selected(
        self,
        plot_id: int,
        x_min: Bound = None,
        x_max: Bound = None,
        y_min: Bound = None,
        y_max: Bound = None,
        x_axis: str = "",
        y_axis: str = "",
        limit: int = _MOST_POINTS,
        actor: str = "agent",
    ) -> dict[str, Any]:
        """Select the points in a box.

        Args:
            plot_id: The plot.
            x_min: Lower bound, as for `relayout`; a bound left out is open.
            x_max: Upper bound.
            y_min: Lower bound.
            y_max: Upper bound.
            x_axis: The x axis of a subplot: ``"x2"``; by default the first.
            y_axis: The y axis of a subplot.
            limit: Most points in the answer; all are counted.
            actor: ``"agent"`` or ``"person"``.

        Returns:
            ``{"success": True, "interaction_id", "point_count", "range": {"x", "y"}, "points":
            [{"trace", "index", "x", "y", "label"}]}``; hidden traces have no points.

        Raises:
            InputError: No such plot or axis, or bounds that are no box.
        """
        from multivis.views.ranges import box_of

        with self._lock:
            figure, _ = self._figure(plot_id)
            state = self.state(plot_id)
            axes = figure.axes()
            box = box_of(axes, (x_min, x_max), (y_min, y_max), (x_axis, y_axis))
            traces = in_box(figure.traces(state), axes, box)
            chosen: dict[str, Any] = {"axes": list(box)}
            spans: dict[str, Any] = {}
            for name, ends in box.items():
                chosen[name[0]] = list(ends)
                spans[name[0]] = [
                    None if end is None else bound_given(given, axes[name].value(end))
                    for end, given in zip(
                        ends, (x_min, x_max) if name[0] == "x" else (y_min, y_max), strict=True
                    )
                ]
            count = sum(len(trace) for trace in traces)
            payload = {"point_count": count, "range": spans}
            event = self.store.add_event(
                self.name,
                plot_id,
                "selected",
                payload,
                state.model_copy(update={"selection": chosen}),
                actor,
            )
            points = some_points(traces, limit)
            made = {"success": True, "interaction_id": event, **payload, "points": points}
            if len(points) < count:
                made["hint"] = (
                    f"{len(points)} of {count} points are shown: select less, raise the limit, "
                    "or read them with get_plot_json and focus."
                )
            return made

    def query_interactions(self, plot_id: int, event_type: str | None = None) -> dict[str, Any]:
        """The history of a plot: ``{"events": [{"id", "event_type", "payload", "actor",
        "has_screenshot"}]}``, oldest first; with a hint when the oldest are too many to tell.

        Args:
            plot_id: The plot.
            event_type: Only ``init``, ``relayout``, ``legendclick``, ``selected`` or ``click``.

        Raises:
            InputError: No such plot or type.
        """
        known = ("init", "relayout", "legendclick", "selected", "click")
        if event_type is not None and event_type not in known:
            raise InputError(
                f"There is no event type {event_type!r}.", hint="Use one of " + ", ".join(known)
            )
        self._figure(plot_id)
        events = [
            {
                "id": event.id,
                "event_type": event.event_type,
                "payload": event.payload,
                "actor": event.actor,
                "has_screenshot": self.store.picture(self.name, plot_id, event.id).is_file(),
            }
            for event in self.store.events(self.name, plot_id)
            if event_type in {None, event.event_type}
        ]
        kept, room = len(events), MOST_CHARACTERS
        while kept and room > 0:
            kept -= 1
            room -= characters(events[kept]) + 2
        if kept == 0:
            return {"events": events}
        hint = f"The {kept} oldest are left out: ask for one event_type."
        return {"events": events[kept:], "hint": hint}

    def reset(self, plot_id: int, actor: str = "agent") -> dict[str, Any]:
        """Bring the view back to the figure as it was made, as a ``relayout`` of its own.

        Raises:
            InputError: No such plot.
        """
        with self._lock:
            figure, _ = self._figure(plot_id)
            leads = {axis.matches[0] for axis in figure.axes().values()}
            payload = {f"{name}.autorange": True for name in figure.axes() if name in leads}
            return self._keep(plot_id, figure, "relayout", payload, ViewState(), actor)

    def view(self, plot_id: int) -> View:
        """A plot to ask about: see `multivis.views.answers.answer_about`."""
        from multivis.views.answers import View

        self._figure(plot_id)
        return View(self, plot_id)

    def ask(self, plot_id: int, question: str) -> dict[str, Any]:
        """Answer a question about a plot: ``{"text", "value", "understood", "evidence"}``.

        Raises:
            InputError: No such plot, or nothing in view.
        """
        from multivis.views.answers import answer_about

        made: dict[str, Any] = plain(answer_about(self.view(plot_id), question).to_json())
        return made

    def record(self, plot_id: int, event: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what a person did in a live chart; see `multivis.views.person.record`."""
        from multivis.views.person import record

        return record(self, plot_id, event)

    # ── calculators ─────────────────────────────────────────────────────────────────────────

    def traces(
        self,
        plot_id: int,
        traces: Sequence[int | str] | None = None,
        focus: bool = False,
        frame: str | None = None,
    ) -> tuple[Trace, ...]:
        """The traces that a calculation is about: the named ones, else all that are visible.

        Args:
            plot_id: The plot.
            traces: Numbers or names; hidden ones can be named.
            focus: Only the points in focus.
            frame: A frame of an animation.

        Raises:
            InputError: No such plot, trace or frame, or nothing in view.
        """
        figure, _ = self._figure(plot_id)
        state = self.state(plot_id)
        every = figure.traces(state, frame=frame)
        if not focus:
            return calculate.choose(every, traces)
        inside = focused_traces(figure, state, frame=frame)
        if traces is None:
            return calculate.choose(inside, None)
        wanted = {trace.index for trace in calculate.choose(every, traces)}
        return calculate.choose([t for t in inside if t.index in wanted], None)

    def calculate(
        self,
        calculator: Callable[[Sequence[Trace]], dict[str, Any]],
        plot_id: int,
        traces: Sequence[int | str] | None = None,
        focus: bool = False,
        frame: str | None = None,
    ) -> dict[str, Any]:
        """What a calculator says of some traces, JSON-safe."""
        made: dict[str, Any] = plain(calculator(self.traces(plot_id, traces, focus, frame)))
        return made

    def pair(
        self, plot_id: int, a: int | str, b: int | str, focus: bool = False
    ) -> tuple[Item, Item]:
        """Two traces or two points by number, name or label."""
        figure, _ = self._figure(plot_id)
        state = self.state(plot_id)
        every = focused_traces(figure, state) if focus else figure.traces(state)
        return calculate.find_item(every, a), calculate.find_item(every, b)

    def changes(
        self, plot_id: int, before: int | None = None, after: int | None = None
    ) -> dict[str, Any]:
        """What changed between two states; by default by the latest interaction.

        Args:
            plot_id: The plot.
            before: Interaction id of the earlier state; by default the one before `after`.
            after: Interaction id of the later state; by default the latest.

        Raises:
            InputError: No such plot or interaction.
        """
        figure, _ = self._figure(plot_id)
        later = self._event(plot_id, after)
        if before is None:
            history = [e for e in self.store.events(self.name, plot_id) if e.id < later.id]
            earlier = history[-1] if history else later
        else:
            earlier = self._event(plot_id, before)
        found: dict[str, Any] = plain(calculate.changes(figure, earlier.state, later.state))
        return {"before": earlier.id, "after": later.id, **found}

    # ── what others build on ────────────────────────────────────────────────────────────────

    def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Call a tool or calculator by name with JSON arguments; the way for servers.

        Raises:
            MultiVisError: No such tool, arguments that do not fit, or what the tool raises.
        """
        from multivis.views.operations import call

        return call(self, name, arguments or {})

    def plots(self) -> list[dict[str, Any]]:
        """The plots of the session: ``[{"plot_id", "library", "title", "interactions"}]``."""
        made = []
        for plot_id in self.store.plot_ids(self.name):
            figure, _ = self._figure(plot_id)
            title = figure.spec.get("title")
            if figure.library == "plotly":
                layout = figure.spec.get("layout")
                title = layout.get("title") if isinstance(layout, Mapping) else None
            title = title.get("text") if isinstance(title, Mapping) else title
            made.append(
                {
                    "plot_id": plot_id,
                    "library": figure.library,
                    "title": title if isinstance(title, str) else "",
                    "interactions": len(self.store.events(self.name, plot_id)),
                }
            )
        return made

    def figure(self, plot_id: int) -> Figure:
        """The figure of a plot; raises InputError when there is none."""
        return self._figure(plot_id)[0]

    def state(self, plot_id: int, interaction_id: int | None = None) -> ViewState:
        """The state after an interaction, by default the latest."""
        return self._event(plot_id, interaction_id).state

    def focus(self, plot_id: int) -> dict[str, Any]:
        """The focal context: see `multivis.views.focus.focal_context`."""
        return focal_context(self.figure(plot_id), self.state(plot_id))

    def has_focus(self, plot_id: int) -> bool:
        """Whether a zoom or a selection narrows the view."""
        return bool(focus_box(self.state(plot_id)))

    def _keep(
        self,
        plot_id: int,
        figure: Figure,
        kind: str,
        payload: Mapping[str, Any],
        state: ViewState,
        actor: str,
    ) -> dict[str, Any]:
        event = self.store.add_event(self.name, plot_id, kind, payload, state, actor)
        return {
            "success": True,
            "interaction_id": event,
            "payload": plain(payload),
            "focus": focal_context(figure, state),
        }

    def _figure(self, plot_id: int) -> tuple[Figure, int]:
        with self._lock:
            if plot_id in self._figures and plot_id in self.store.plot_ids(self.name):
                self._figures.move_to_end(plot_id)
                return self._figures[plot_id]
            spec, library, size = self.store.plot(self.name, plot_id)
            self._figures[plot_id] = (open_figure(spec, library), size)
            while len(self._figures) > _KEPT_FIGURES:
                self._figures.popitem(last=False)
            return self._figures[plot_id]

    def _event(self, plot_id: int, interaction_id: int | None) -> Event:
        self._figure(plot_id)
        history = self.store.events(self.name, plot_id)
        if interaction_id is None:
            return history[-1]
        for event in history:
            if event.id == interaction_id:
                return event
        known = ", ".join(str(event.id) for event in history[-20:])
        raise InputError(
            f"Plot {plot_id} has no interaction {interaction_id!r}.",
            hint=f"Its interactions are {known}.",
        )

    def _open_sandbox(self) -> tuple[Sandbox, Any]:
        from multivis.settings import Settings

        with self._lock:
            settings = self._settings or Settings()
            if self._sandbox is None:
                from multivis.sandbox import open_sandbox

                self._sandbox = open_sandbox(settings)
            return self._sandbox, settings.limits
