"""The commands and their options; what they do is in the modules beside this one.

Nothing heavy is imported here, so that ``multivis --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from multivis.cli.bench import app as bench
from multivis.cli.volume import app as volume
from multivis.errors import MultiVisError, OptionError

__all__ = ["app", "main"]

app = typer.Typer(
    name="multivis",
    help="Ask a question of your data; get a chart that has been checked against that data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(bench, name="bench")
app.add_typer(volume, name="volume")

Data = Annotated[
    str,
    typer.Option(
        "--data",
        "-d",
        metavar="SRC",
        help=(
            "File (CSV, Parquet, JSON, Excel, SQLite, DuckDB), URL of a database, or a volume "
            "(VTK, MetaImage, NRRD, NIfTI, DICOM, phantom:head)."
        ),
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="Folder for the files."),
]
Backend = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="altair, plotly or matplotlib."),
]
Model = Annotated[
    str | None,
    typer.Option(metavar="M", help="'offline' or 'provider:name', for example openai:gpt-5."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print result.json to stdout, and nothing else there.")
]
ApproveSql = Annotated[
    bool, typer.Option("--approve-sql", help="Show the SQL and ask before it runs.")
]
ApproveChart = Annotated[
    bool, typer.Option("--approve-chart", help="Ask before the chart is delivered.")
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Keep every finished step in this SQLite file; see 'resume'."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        import multivis

        typer.echo(f"multivis {multivis.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Ask a question of your data; get a chart that has been checked against that data."""


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in plain language.")],
    data: Data,
    image: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Picture of a chart to take the style from."),
    ] = None,
    code: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Chart code to take marks and styling from."),
    ] = None,
    existing: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Chart code to change, as the question says."),
    ] = None,
    backend: Backend = None,
    model: Model = None,
    out: Out = None,
    as_json: AsJson = False,
    approve_sql: ApproveSql = False,
    approve_chart: ApproveChart = False,
    checkpoint: Checkpoint = None,
) -> None:
    """Ask a question; writes chart.py, chart.json, chart.png, chart.html and result.json.

    Where the data are a volume, also scene.vtp, scene.glb and film.gif as far as there are any.
    """
    from multivis.cli.files import checked_code, checked_image, default_folder
    from multivis.cli.run import Choices
    from multivis.cli.run import ask as run

    references = {
        "image": checked_image(image),
        "code": checked_code(code, "reference code"),
        "existing": checked_code(existing, "existing code"),
    }
    choices = Choices(
        out=out or default_folder(question),
        as_json=as_json,
        approve_sql=approve_sql,
        approve_chart=approve_chart,
        checkpoint=checkpoint,
        backend=backend,
        model=model,
    )
    raise typer.Exit(run(question, data, choices, references))


@app.command()
def refine(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What 'ask' wrote.")],
    instruction: Annotated[str, typer.Argument(help="What to change.")],
    model: Model = None,
    out: Out = None,
    as_json: AsJson = False,
    approve_chart: ApproveChart = False,
    checkpoint: Checkpoint = None,
) -> None:
    """Change a chart that is there; the new one goes into a folder beside it."""
    from multivis.cli.files import next_folder
    from multivis.cli.run import Choices
    from multivis.cli.run import refine as run

    choices = Choices(
        out=out or next_folder(folder),
        as_json=as_json,
        approve_chart=approve_chart,
        checkpoint=checkpoint,
        model=model,
    )
    raise typer.Exit(run(folder, instruction, choices))


@app.command()
def resume(
    thread: Annotated[str, typer.Argument(help="The run, as the interrupted command named it.")],
    checkpoint: Annotated[
        Path, typer.Option(metavar="FILE", help="The file that the run was started with.")
    ],
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that was interrupted or killed; finished steps are not run again."""
    from multivis.cli.files import default_folder
    from multivis.cli.run import Choices
    from multivis.cli.run import resume as run

    choices = Choices(
        out=out or default_folder(f"resumed {thread}"), as_json=as_json, checkpoint=checkpoint
    )
    raise typer.Exit(run(thread, choices))


@app.command(name="read")
def read_command(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="PNG or JPEG of one chart.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder.")] = None,
) -> None:
    """Read a chart from its picture: data, specification, style (the 'reader' extra)."""
    from multivis.cli.read import read

    raise typer.Exit(read(image, out))


@app.command(name="documents")
def documents_command(
    question: Annotated[str, typer.Argument(help="For example 'what isovalue for bone?'.")],
    folder: Annotated[
        Path, typer.Option("--folder", "-f", metavar="DIR", help="Notes, papers, past runs.")
    ],
    index: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep what was read; only what is new is read again."),
    ] = None,
) -> None:
    """Ask your notes, papers and past runs; answers cite where they stand."""
    from multivis.cli.documents import documents

    raise typer.Exit(documents(question, folder, index))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder.")] = Path(
        "demo_output"
    ),
) -> None:
    """Ask four questions of real data and one of a volume; say where the pictures are.

    Needs the extras 'samples' and 'volumes'.
    """
    from multivis.cli.demo import demo as run

    raise typer.Exit(run(out))


@app.command()
def schema(
    source: Annotated[str, typer.Argument(metavar="SRC", help="File or URL of a database.")],
    as_json: AsJson = False,
) -> None:
    """Show the tables of a source: columns, types, keys and a profile of the values."""
    from multivis.cli.reference import schema as run

    run(source, as_json=as_json)


@app.command()
def rules() -> None:
    """Show the twelve logic rules: what each states and where it guards."""
    from multivis.cli.reference import rules as run

    run()


@app.command()
def verify(
    steps: Annotated[
        int | None, typer.Option(min=1, max=100, help="T_max of the coordinator.")
    ] = None,
    agent_steps: Annotated[
        int | None, typer.Option(min=1, max=100, help="T_max of each agent.")
    ] = None,
    failures: Annotated[
        int | None, typer.Option(min=1, max=50, help="Failures in a row that end a loop.")
    ] = None,
    paths: Annotated[bool, typer.Option("--paths", help="Print the longest paths.")] = False,
) -> None:
    """Check the theorems on every state that can be reached: safety, recovery, termination."""
    from multivis.cli.verify import verify as run

    raise typer.Exit(run(steps=steps, agent_steps=agent_steps, failures=failures, paths=paths))


@app.command()
def graph() -> None:
    """Print the graph as a Mermaid drawing."""
    from multivis.cli.reference import graph as run

    run()


@app.command()
def examples(
    name: Annotated[
        str | None,
        typer.Argument(help="Print the code of this example."),
    ] = None,
    backend: Annotated[str, typer.Option(metavar="NAME", help="Chart library.")] = "altair",
    category: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="List only this category."),
    ] = None,
) -> None:
    """List the chart examples, or print one."""
    from multivis.cli.reference import examples as run

    run(name, backend, category)


@app.command()
def samples(
    name: Annotated[str | None, typer.Argument(help="Print the path of this one.")] = None,
) -> None:
    """List the sample data, or print the path of one: --data "$(multivis samples flights)"."""
    from multivis.cli.reference import samples as run

    run(name)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what this machine can do: sandbox, browser, extras, model keys (names only)."""
    from multivis.cli.doctor import doctor as run

    run(as_json=as_json)


Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        "-d",
        metavar="[NAME=]SRC",
        help="Data that clients may ask, by name; may be given several times.",
    ),
]
Host = Annotated[str, typer.Option(metavar="HOST", help="Address to listen on.")]
Token = Annotated[
    str | None,
    typer.Option(
        metavar="T",
        envvar="MULTIVIS_SERVE_TOKEN",
        show_envvar=True,
        help="What clients must send as bearer token.",
    ),
]


@app.command()
def serve(
    data: Sources = None,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8000,
    token: Token = None,
    checkpointer: Annotated[
        str | None,
        typer.Option(
            metavar="DSN", help="Where runs are kept: sqlite:///FILE, postgresql://…, or memory."
        ),
    ] = None,
    uploads: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for uploads; else a temporary one.")
    ] = None,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="Origin whose pages may call; may be repeated."),
    ] = None,
    runs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Runs that work side by side.")
    ] = None,
    model: Model = None,
    backend: Backend = None,
    approve_sql: Annotated[
        bool, typer.Option("--approve-sql", help="Runs wait for a person before SQL runs.")
    ] = False,
    approve_chart: Annotated[
        bool, typer.Option("--approve-chart", help="Runs wait for a person before the chart.")
    ] = False,
) -> None:
    """Serve charts over HTTP: FastAPI and LangServe (the 'serve' extra)."""
    from multivis.cli.serve import Serving
    from multivis.cli.serve import serve as run

    serving = Serving(
        data=data or [],
        host=host,
        port=port,
        token=token,
        model=model,
        backend=backend,
        approve_sql=approve_sql,
        approve_chart=approve_chart,
    )
    run(serving, checkpointer=checkpointer, uploads=uploads, origins=cors_origin, runs=runs)


@app.command()
def mcp(
    data: Sources = None,
    transport: Annotated[str, typer.Option(metavar="NAME", help="stdio or http.")] = "stdio",
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8001,
    token: Token = None,
    views: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep plots and their history in this SQLite file."),
    ] = None,
    model: Model = None,
    backend: Backend = None,
) -> None:
    """Serve charts and their views over MCP (the 'serve' extra)."""
    from multivis.cli.serve import Serving
    from multivis.cli.serve import mcp as run

    serving = Serving(
        data=data or [], host=host, port=port, token=token, model=model, backend=backend
    )
    run(serving, transport=transport, views=views)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 passed, 1 not passed, 2 bad input, 130 interrupted."""
    from multivis.cli.console import interruptible

    try:
        with interruptible():
            code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (`multivis rules | head`): nothing is wrong. The
        # interpreter flushes stdout once more at its end, so it must lead somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    raise SystemExit(code)


def _run(arguments: list[str] | None) -> int:
    """Run a command; every way in which it can end becomes an exit code."""
    from multivis.cli.console import print_error, write_log

    try:
        code = app(arguments, prog_name="multivis", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort) as stop:
        typer.echo(str(stop) or "Interrupted.", err=True)
        return 130
    except MultiVisError as error:
        print_error(error.message, error.hint)
        return error.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:
        if (shown := _usage_error(error)) is not None:
            if shown:
                print_error(shown, "See multivis --help.")
            return OptionError.exit_code
        path = write_log(error)
        print_error(
            "Something went wrong inside multivis; this is a defect.", f"The details are in {path}"
        )
        return 1
    return code if isinstance(code, int) else 0


def _usage_error(error: Exception) -> str | None:
    """The sentence of an error in the options or arguments, or None for any other error.

    Empty when there is nothing to say: a bare ``multivis`` has just printed its help.
    """
    show = getattr(error, "format_message", None)
    if show is None or not hasattr(error, "exit_code"):
        return None
    text = " ".join(str(show()).split())
    return text if not text or text.endswith((".", "?")) else f"{text}."
