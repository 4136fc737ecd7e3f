"""What is fuzzed: each target puts one input through a public door, and says how it ended.

Nothing but a `MultiVisError` may come out, also where the graph would catch it and go on: what
nodes, tools, checks and the offline model raise inside a run is written down (`Inside`).
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from multivis.errors import MultiVisError

from . import strategies, texts
from .data import NotBuiltError, asked, make_database, make_file, make_frame, quoted
from .materials import base_specs, changed_spec, code_bytes, edited_code, make_image, make_volume
from .world import World, WrongError, look_at, place_of, short_trace, strict_json, watched

__all__ = ["TARGETS", "Target", "World", "WrongError", "place_of", "run_target", "short_trace"]


# ── targets ─────────────────────────────────────────────────────────────────────────────────


def _question(made: Any, world: World) -> str:
    question, backend = made
    text = asked(question, "sales", ["amount", "region", "day"])
    with world.agent(world.sales, backend) as agent:
        return look_at(agent.ask(text), world)


def _view_question(made: str, world: World) -> str:
    answer = _answer(made, world)
    strict_json(answer.to_json(), "the answer")
    return "understood" if answer.understood else "not understood"


def _answer(question: str, world: World) -> Any:
    result = world.drawn
    with world.agent(world.sales) as agent:
        return agent.ask(question, view=result)


def _refine(made: list[str], world: World) -> str:
    with world.agent(world.sales) as agent:
        result = world.drawn
        ends = []
        for instruction in made:
            after = agent.refine(result, instruction)
            ends.append(look_at(after, world))
            if after.code is not None:
                result = after
        return "; ".join(ends)


def _schema(made: Mapping[str, Any], world: World) -> str:
    path = make_database(made, world.folder / f"made.{made['engine']}")
    first = made["tables"][0]
    columns = [name for name, _ in first["columns"]]
    with world.agent(path, made["backend"]) as agent:
        result = agent.ask(asked(made["question"], first["name"], columns))
        _right_sums(made, result)
        return look_at(result, world)


def _right_sums(made: Mapping[str, Any], result: Any) -> None:
    """Where the question was a plain total of whole numbers, the numbers are the right ones."""
    table = made["tables"][0]
    plain = (
        result.passed
        and isinstance(made["question"], list)
        and made["question"][0].startswith("Total {a} by {b}")
        and [kind for _, kind in table["columns"][:2]] == ["INTEGER", "TEXT"]
        and len(result.data.column_names) == 2
    )
    if not plain or not _names_used(table, result):
        return
    sums: dict[Any, int] = {}
    for amount, group, *_ in table["rows"]:
        if amount is not None:
            sums[group] = sums.get(group, 0) + amount
    if any(abs(total) > 2**53 for total in sums.values()):
        return
    rows = result.data.to_pydict()
    number = [
        list(v) for v in rows.values() if all(isinstance(x, int | float) or x is None for x in v)
    ]
    found = [sorted(x for x in column if x is not None and not math.isnan(x)) for column in number]
    wanted = (sorted(sums.values()), sorted(v for k, v in sums.items() if k not in (None, "")),
              sorted(v for k, v in sums.items() if k is not None))  # fmt: skip
    if found and not any(column in wanted for column in found):
        raise WrongError(f"The sums are {found}, and should be {wanted[0]}.")


def _names_used(table: Mapping[str, Any], result: Any) -> bool:
    """Whether the statement asks both columns; another reading is told by the title."""
    text = (result.sql or "").replace('""', '"')
    return all(name in text for name, _ in table["columns"][:2])


def _frame(made: Mapping[str, Any], world: World) -> str:
    frame = make_frame(made)
    columns = [str(name) for name, _ in made["columns"]]
    with world.agent(frame, made["backend"]) as agent:
        return look_at(agent.ask(asked(made["question"], "data", columns)), world)


def _file(made: Mapping[str, Any], world: World) -> str:
    folder = world.folder / "files"
    folder.mkdir(exist_ok=True)
    path = make_file(made, folder)
    names = made["content"].get("header") or ["a", "region", "amount"]
    with world.agent(path) as agent:
        return look_at(agent.ask(asked(made["question"], "data", names)), world)


def _rows(made: Mapping[str, Any], world: World) -> str:
    """Every table is read whole, and a script that runs by itself reads the same."""
    from pandas.testing import assert_frame_equal

    from multivis.data import open_source
    from multivis.data.describe import describe_schema
    from multivis.data.frames import to_pandas
    from multivis.settings import Limits

    folder = world.folder / "rows"
    folder.mkdir(exist_ok=True)
    if "tables" in made:
        data: Any = make_database(made, folder / f"made.{made['engine']}")
    else:
        data = make_frame(made) if "columns" in made else make_file(made, folder)
    source = open_source(data, limits=Limits(query_seconds=5.0), cache_dir=world.cache)
    ended = []
    try:
        schema = source.schema()
        describe_schema(schema, 9_000)
        for table in schema.tables[:6]:
            sql = f"SELECT * FROM {quoted(table.name)} LIMIT 50"
            try:
                rows = source.execute(sql)
            except MultiVisError as error:
                ended.append(type(error).__name__)
                continue
            names: dict[str, Any] = {}
            code = source.prologue(sql).code
            try:
                exec(compile(code, "prologue.py", "exec"), names)
                wanted, found = to_pandas(rows.table), names["df"]
                filled = [bool(wanted.iloc[:, at].notna().any()) for at in range(wanted.shape[1])]
                assert_frame_equal(found.loc[:, filled], wanted.loc[:, filled])
                assert list(found.columns) == list(wanted.columns)
            except Exception as error:
                text = f"{table.name}: {type(error).__name__}: {error}"
                raise WrongError(f"The script loads other rows: {text[:400]}") from error
            ended.append("same")
    finally:
        source.close()
    return " ".join(sorted(set(ended)))


def _statement(made: str, world: World) -> str:
    ended = []
    for source in world.sources:
        try:
            rows = source.execute(made)
            source.prologue(made)
            ended.append(f"{min(rows.table.num_rows, 1)} rows")
        except MultiVisError as error:
            ended.append(type(error).__name__)
    return " ".join(ended)


def _spec(made: Mapping[str, Any], world: World) -> str:
    from multivis.views.operations import OPERATIONS

    spec = changed_spec(made)
    session = world.session
    ended = []
    library = "plotly" if "layout" in spec and "data" in spec else "altair"
    ended.append(_attempt(lambda: _scores(spec, library)))
    ended.append(_attempt(lambda: _drawn_files(spec, library)) if world.deep else "")
    try:
        plot = session.add_figure(spec, made["library"])
        strict_json(plot, "show_plot")
        number = plot["plot_id"]
        calls: list[tuple[str, dict[str, Any]]] = []
        for name, pick, box, text in made["calls"]:
            sides = dict(zip(("x_min", "x_max", "y_min", "y_max"), box, strict=True))
            given: dict[str, Any] = {
                "relayout": sides,
                "selected": sides,
                "legendclick": {"curve_number": pick - 1},
                "get_plot_json": {"path": text[:400] or None, "focus": pick % 2 == 0},
                "ask": {"question": text},
                "calculate": {},
            }[name]
            if name == "calculate":
                name = list(OPERATIONS)[pick % len(OPERATIONS)]
                if name in ("show_plot", "get_plot_image"):
                    name = "statistics" if "statistics" in OPERATIONS else "order"
            calls.append((name, given))
        for name, given in calls:
            ended.append(_attempt(partial(_call, session, name, number, given)))
        session.plots()
    finally:
        world.views.forget("fuzz")
    return " ".join(ended)


def _attempt(work: Callable[[], Any]) -> str:
    """Do it; an error of multivis's own is an answer."""
    try:
        work()
    except MultiVisError as error:
        return type(error).__name__
    return "ok"


def _call(session: Any, name: str, plot_id: int, given: Mapping[str, Any]) -> None:
    if name == "ask":
        strict_json(session.ask(plot_id, given["question"]), "the answer")
        return
    from multivis.views.operations import OPERATIONS

    fields = OPERATIONS[name].arguments.model_fields
    extra: dict[str, Any] = {"a": 0, "b": 1, "trace": 0, "value": 3, "x": 1}
    filled = {k: v for k, v in extra.items() if k in fields and k not in given}
    strict_json(session.call(name, {"plot_id": plot_id, **given, **filled}), name)


def _scores(spec: dict[str, Any], library: str) -> None:
    from multivis.charts.metrics.strict import strict_scores

    if library == "altair":
        gold = base_specs()[0]
        for pair in ((spec, gold), (gold, spec)):
            made = strict_scores(*pair)
            if not all(0.0 <= score <= 1.0 for score in made.scores.values()):
                raise WrongError(f"A score is not from 0 to 1: {made.scores}")


def _drawn_files(spec: dict[str, Any], library: str) -> None:
    from multivis.charts.backends import get_backend

    backend = get_backend(library)
    backend.html(spec)
    backend.with_provenance(spec, {"a": 1})
    if library == "altair":
        backend.png(spec, scale=1.0)
        backend.svg(spec)


def _image(made: Mapping[str, Any], world: World) -> str:
    from multivis.reader import read_chart

    path = make_image(made, world.folder)
    reading = read_chart(path)
    told = reading.to_json()
    strict_json(told, "reading.json")
    if reading.kind is None:
        return "refused"
    strict_json(reading.plotly(), "chart.json")
    strict_json(reading.vega_lite(), "vega.json")
    reading.table()
    if made["kind"] in ("noise", "gradient", "photo", "flat", "text", "lines"):
        raise WrongError(f"A picture of {made['kind']} is read as a {reading.kind}.")
    return f"read as {reading.kind}"


def _image_reference(made: Mapping[str, Any], world: World) -> str:
    path = make_image(made, world.folder)
    with world.agent(world.sales) as agent:
        return look_at(agent.ask("Total amount by region", image=path), world)


def _code(made: Mapping[str, Any], world: World) -> str:
    code = edited_code(made)
    given: Any = code
    if made["how"] != "text":
        given = world.folder / "reference.py"
        given.write_bytes(code_bytes(code, made["how"]))
    with world.agent(world.sales) as agent:
        return look_at(agent.ask(made["instruction"] or "bars", **{made["as"]: given}), world)


def _arguments(made: Mapping[str, Any], world: World) -> str:
    with world.agent(world.sales) as agent:
        return look_at(agent.ask(**made), world)


def _volume_request(made: list[str], world: World) -> str:
    with world.agent(world.volume) as agent:
        result = agent.ask(made[0])
        ends = [look_at(result, world)]
        for follow in made[1:]:
            if result.code is not None:
                ends.append(look_at(agent.refine(result, follow), world))
        return "; ".join(ends)


def _volume_file(made: Mapping[str, Any], world: World) -> str:
    from multivis.volumes.data import open_volume_data

    folder = world.folder / "volumes"
    folder.mkdir(exist_ok=True)
    data = open_volume_data(str(make_volume(made, folder)))
    try:
        data.volume.dataset(0)
        strict_json(data.volume.fingerprint(), "fingerprint")
    finally:
        data.close()
    return "read"


def _command(made: list[str], world: World) -> str:
    from multivis.cli import main

    places = _places(world)
    arguments = [places.get(text, text) for text in made]
    arguments = [text.replace("{sales}", str(world.sales)) for text in arguments]
    before = Path.cwd()
    work = world.folder / "work"
    work.mkdir(exist_ok=True)
    os.chdir(work)
    out, err = io.StringIO(), io.StringIO()
    code: Any = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(arguments)
    except SystemExit as stop:
        code = stop.code
    finally:
        os.chdir(before)
    said = err.getvalue()
    if code not in (0, 1, 2):
        raise WrongError(f"The exit code is {code!r}.")
    if "Traceback" in said or "Something went wrong inside" in said:
        log = max(
            (world.cache / "logs").glob("*.log"), key=lambda p: p.stat().st_mtime, default=None
        )
        told = log.read_text() if log else said
        raise WrongError("A defect: " + told.strip().rpartition("\n")[2] + "\n" + told[-1800:])
    if code == 2 and "Error:" not in said and "Usage:" not in out.getvalue():
        raise WrongError(f"No sentence is printed for exit code 2: {said[:200]!r}")
    return f"exit {code}"


def _places(world: World) -> dict[str, str]:
    """The files that words in braces stand for."""
    folder = world.folder / "places"
    if not folder.exists():
        (folder / "result").mkdir(parents=True)
        (folder / "empty").touch()
        (folder / "text.txt").write_text("some words\n")
        (folder / "binary.csv").write_bytes(bytes(range(256)))
        (folder / "result" / "result.json").write_text('{"backend": [], "data": 3}')
        (folder / "damaged.json").write_text('{"a": [1, 2')
        (folder / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    return {
        "{folder}": str(folder), "{missing}": str(folder / "missing.csv"),
        "{empty}": str(folder / "empty"), "{text}": str(folder / "text.txt"),
        "{readonly}": "/proc/1/x", "{png}": str(folder / "p.png"),
        "{binary}": str(folder / "binary.csv"), "{result}": str(folder / "result"),
        "{damaged}": str(folder / "damaged.json"), "{folder}/*": str(folder / "*"),
    }  # fmt: skip


# ── all of them ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Target:
    """One door.

    Attributes:
        name: What it is called.
        inputs: What is put through it.
        run: Puts one input through, and says how it ended.
    """

    name: str
    inputs: st.SearchStrategy[Any]
    run: Callable[[Any, World], str]


_BACKENDS = st.sampled_from(("altair", "altair", "plotly", "matplotlib"))
_ANYTHING = st.one_of(
    st.none(), st.integers(), st.binary(max_size=5), strategies.ANY_JSON, texts.TEXTS
)
_WRONG_ARGUMENTS = st.one_of(
    st.fixed_dictionaries({"question": _ANYTHING}),
    st.fixed_dictionaries(
        {"question": st.just("Total amount by region")},
        optional={
            "data": _ANYTHING, "backend": _ANYTHING, "image": _ANYTHING, "code": _ANYTHING,
            "existing": _ANYTHING, "thread_id": texts.TEXTS, "view": _ANYTHING,
        },
    ),
)  # fmt: skip

TARGETS = {
    target.name: target
    for target in (
        Target("questions", st.tuples(texts.QUESTIONS, _BACKENDS).map(list), _question),
        Target("view questions", st.one_of(texts.WORDS, texts.TEXTS), _view_question),
        Target(
            "refinements",
            st.lists(st.one_of(texts.WORDS, texts.TEXTS), min_size=1, max_size=2),
            _refine,
        ),
        Target("schemas", strategies.SCHEMAS, _schema),
        Target("frames", strategies.FRAMES, _frame),
        Target("files", strategies.FILES, _file),
        Target("rows", st.one_of(strategies.SCHEMAS, strategies.FRAMES, strategies.FILES), _rows),
        Target("statements", strategies.SQL, _statement),
        Target("specifications", strategies.SPECS, _spec),
        Target("pictures", strategies.IMAGES, _image),
        Target("reference pictures", strategies.IMAGES, _image_reference),
        Target("reference code", strategies.CODE_EDITS, _code),
        Target("arguments", _WRONG_ARGUMENTS, _arguments),
        Target("volume requests", strategies.VOLUME_REQUESTS, _volume_request),
        Target("volume files", strategies.VOLUME_FILES, _volume_file),
        Target("commands", strategies.COMMANDS, _command),
    )
}
"""Every target by its name."""


def run_target(target: Target, made: Any, world: World) -> str:
    """Put an input through a target.

    Returns:
        How it ended: a word or the name of multivis's own error.

    Raises:
        BaseException: What must never come out, and what a run caught though it is a defect.
    """
    with watched() as inside:
        try:
            ended = target.run(made, world)
        except NotBuiltError:
            return "not built"
        except MultiVisError as error:
            if not error.message.strip():
                raise WrongError(f"{type(error).__name__} says nothing.") from error
            ended = type(error).__name__
    if inside.errors:
        raise inside.errors[0]
    return ended
