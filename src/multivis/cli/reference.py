"""Commands that show what is there: schema, rules, graph, examples, samples."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from multivis.cli.console import output

if TYPE_CHECKING:
    from multivis.protocols import ForeignKey, Schema, SourceColumn, Table

__all__ = ["examples", "graph", "rules", "samples", "schema"]


def schema(address: str, *, as_json: bool) -> None:
    """Print the schema of a source, as tables or as JSON."""
    from multivis.data import open_source

    source = open_source(address)
    try:
        found = source.schema()
    finally:
        source.close()
    if as_json:
        text = json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str)
        sys.stdout.write(text + "\n")
    else:
        _print_schema(found)


def _print_schema(found: Schema) -> None:
    """One table of columns a table, then the keys."""
    from rich import table as rich_table
    from rich.markup import escape

    console = output()
    for table in found.tables:
        title = f"[bold]{escape(table.name)}[/]  {_rows(table)}"
        view = rich_table.Table(
            title=title, title_justify="left", title_style="", box=None, pad_edge=False
        )
        for heading in ("column", "type", "kind", "distinct", "values"):
            view.add_column(heading, style="bold" if heading == "column" else "", overflow="fold")
        for column in table.columns:
            view.add_row(
                escape(column.name) + (" [cyan]key[/]" if column.primary_key else ""),
                escape(column.type),
                column.kind,
                "" if column.distinct is None else f"{column.distinct:,}",
                escape(_values(column)),
            )
        console.print(view)
        console.print()
    for key in found.foreign_keys:
        console.print(escape(_key(key)))


def _rows(table: Table) -> str:
    """How many rows, and whether the number is exact."""
    if table.row_count is None:
        return ""
    about = "about " if table.estimated else ""
    return f"{about}{table.row_count:,} rows"


def _values(column: SourceColumn) -> str:
    """The range of an ordered column, else its most frequent values."""
    if column.minimum is not None and column.kind in {"quantitative", "temporal"}:
        return f"{column.minimum} … {column.maximum}"
    text = ", ".join(str(value) for value in column.samples[:5])
    return text if len(text) <= 60 else text[:59] + "…"


def _key(key: ForeignKey) -> str:
    """One foreign key, and whether it was declared or inferred."""
    how = f"inferred {key.confidence:.2f}" if key.inferred else "declared"
    return f"{key.table}.{key.column} → {key.to_table}.{key.to_column} ({how})"


def rules() -> None:
    """Print the twelve rules as a table."""
    from rich.table import Table

    from multivis.rules import RuleBook

    view = Table(box=None, pad_edge=False)
    for heading in ("rule", "name", "statement", "guards", "severity", "paper"):
        view.add_column(heading, style="bold" if heading == "rule" else "", overflow="fold")
    for rule in RuleBook():
        view.add_row(
            rule.id, rule.name, rule.statement, _text(rule.guards), str(rule.severity), rule.paper
        )
    output().print(view)


def _text(value: Any) -> str:
    """A text, or several as one."""
    return value if isinstance(value, str) else ", ".join(str(part) for part in value)


def graph() -> None:
    """Print the Mermaid drawing of the graph, plain, so that it can be piped into a file."""
    from multivis.graph import build_graph

    sys.stdout.write(build_graph().get_graph().draw_mermaid().rstrip() + "\n")


def examples(name: str | None, backend: str, category: str | None) -> None:
    """List the chart examples, or print the code of one."""
    from multivis.charts.examples import example_list, get_example

    if name is not None:
        sys.stdout.write(get_example(name).code.rstrip() + "\n")
        return
    from rich.table import Table

    view = Table(box=None, pad_edge=False)
    for heading in ("category", "name", "description"):
        view.add_column(heading, style="bold" if heading == "name" else "", overflow="fold")
    for example in example_list(backend, category):
        view.add_row(example.category, example.name, example.description)
    output().print(view)


def samples(name: str | None) -> None:
    """List the sample data, or print the path of one; the flights are made on first use."""
    from multivis.samples import flights_database, list_tables, table_file

    if name is None:
        sys.stdout.write("\n".join(["flights", *list_tables()]) + "\n")
    elif name == "flights":
        sys.stdout.write(f"{flights_database()}\n")
    else:
        sys.stdout.write(f"{table_file(name)}\n")
