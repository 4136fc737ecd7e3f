"""The SQL guard: exactly one SELECT over tables and columns that exist, and nothing else.

It is the first of two walls; the second is the engine, which every source opens read-only and
bounded in time. The guard fails closed: what it does not know, it refuses.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from multivis.data.functions import KEYWORDS_BEFORE_PARENTHESIS, allowed_functions
from multivis.errors import QueryRefusedError, QuerySyntaxError

if TYPE_CHECKING:
    from sqlglot import Token, exp

    from multivis.protocols import Schema

__all__ = ["MAX_CHARACTERS", "MAX_DEPTH", "MAX_TOKENS", "guard_sql", "parse_select"]

MAX_CHARACTERS = 100_000
MAX_TOKENS = 20_000
MAX_DEPTH = 60
MAX_GROWTH = 10_000_000  # characters or items that one constant may ask one function for

_FORBIDDEN = {
    "Insert": "INSERT",
    "Update": "UPDATE",
    "Delete": "DELETE",
    "Merge": "MERGE",
    "Create": "CREATE",
    "Drop": "DROP",
    "Alter": "ALTER",
    "TruncateTable": "TRUNCATE",
    "Command": "a command",
    "Set": "SET",
    "SetItem": "SET",
    "Pragma": "PRAGMA",
    "Attach": "ATTACH",
    "Detach": "DETACH",
    "Copy": "COPY",
    "Export": "EXPORT",
    "Install": "INSTALL",
    "LoadData": "LOAD DATA",
    "Use": "USE",
    "Kill": "KILL",
    "Transaction": "BEGIN",
    "Commit": "COMMIT",
    "Rollback": "ROLLBACK",
    "Describe": "DESCRIBE",
    "Show": "SHOW",
    "Summarize": "SUMMARIZE",
    "Analyze": "ANALYZE",
    "Cache": "CACHE",
    "Refresh": "REFRESH",
    "Into": "SELECT … INTO",
    "Lock": "a locking clause (FOR UPDATE or FOR SHARE)",
    "Parameter": "a parameter or variable",
    "SessionParameter": "a session variable",
    "Placeholder": "a parameter",
    "ReadCSV": "a function that reads files",
    "ReadParquet": "a function that reads files",
    "UserDefinedFunction": "a function definition",
}


def guard_sql(sql: str, dialect: str, schema: Schema) -> str:
    """Check a statement and give it back ready to run.

    The text itself is kept (the engine's own reading of it is what runs); only surrounding
    white space and closing semicolons go. Row and time limits are set by the source, outside
    the statement.

    Args:
        sql: What a model or a person wrote.
        dialect: sqlglot's name: ``sqlite``, ``duckdb``, ``postgres``, ``mysql``.
        schema: What exists.

    Raises:
        QuerySyntaxError: It does not parse.
        QueryRefusedError: It is not exactly one harmless SELECT; the message names what is not.
        UnknownFieldError: A table or column does not exist, with near names.
    """
    from multivis.data.resolve import check_fields

    tree, text = parse_select(sql, dialect)
    try:
        check_fields(tree, text, dialect, schema)
    except RecursionError as error:
        raise _too_deep() from error
    return text


def parse_select(sql: str, dialect: str) -> tuple[exp.Expr, str]:
    """Everything that `guard_sql` checks except names: the tree and the cleaned text.

    Raises:
        QuerySyntaxError: It does not parse.
        QueryRefusedError: It is not exactly one harmless SELECT.
    """
    _check_text(sql, dialect)
    tokens = _tokens(sql, dialect)
    _check_tokens(tokens)
    try:
        tree = _one_statement(sql, dialect)
        _check_nodes(tree)
        _check_functions(tree, tokens, dialect)
        _check_growth(tree)
    except RecursionError as error:  # flat to read and deep as a tree: a thousand UNIONs
        raise _too_deep() from error
    return tree, _without_semicolon(sql, tokens)


def _too_deep() -> QueryRefusedError:
    return _refuse("it nests too deeply", "Write it with fewer nested parts.")


def _refuse(what: str, hint: str = "Write exactly one SELECT statement.") -> QueryRefusedError:
    return QueryRefusedError(f"The query was refused: {what}.", hint=hint)


def _check_text(sql: str, dialect: str) -> None:
    if not sql.strip():
        raise _refuse("it is empty")
    if len(sql) > MAX_CHARACTERS:
        raise _refuse(
            f"it has {len(sql):,} characters, the limit is {MAX_CHARACTERS:,}", "Shorten it."
        )
    if "\x00" in sql:
        raise _refuse("it contains a NUL character", "Remove it.")
    if dialect == "mysql" and ("/*!" in sql or "/*M!" in sql):
        raise _refuse("it contains a comment that MySQL executes (/*! … */)", "Remove the comment.")


def _tokens(sql: str, dialect: str) -> list[Token]:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return list(sqlglot.tokenize(sql, dialect=dialect))
    except SqlglotError as error:
        raise _syntax_error(error) from error


def _check_tokens(tokens: list[Token]) -> None:
    """Size and depth, before the recursive parser sees it."""
    if len(tokens) > MAX_TOKENS:
        raise _refuse(f"it has {len(tokens):,} words, the limit is {MAX_TOKENS:,}", "Shorten it.")
    depth = 0
    run = 0
    for token in tokens:
        name = token.token_type.name
        if name in ("L_PAREN", "L_BRACKET", "L_BRACE", "CASE"):
            depth += 1
        elif name in ("R_PAREN", "R_BRACKET", "R_BRACE", "END"):
            depth -= 1
        run = run + 1 if name in ("NOT", "DASH", "TILDE", "PLUS") else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH:
            raise _refuse(
                f"it nests deeper than {MAX_DEPTH} levels", "Write it with fewer nested parts."
            )


def _one_statement(sql: str, dialect: str) -> exp.Expr:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = sqlglot.parse(sql, dialect=dialect)
    except SqlglotError as error:
        raise _syntax_error(error) from error
    statements = [
        tree for tree in parsed if tree is not None and not isinstance(tree, exp.Semicolon)
    ]
    if len(statements) != 1:
        raise _refuse(f"it holds {len(statements)} statements instead of one")
    tree = statements[0]
    if not _is_query(tree):
        raise _refuse(f"it is {_kind(tree)} and not a SELECT")
    return tree


def _is_query(tree: exp.Expr) -> bool:
    from sqlglot import exp

    if isinstance(tree, exp.Subquery):
        return _is_query(tree.this)
    if isinstance(tree, exp.SetOperation):
        return all(_is_query(side) for side in (tree.left, tree.right))
    return isinstance(tree, exp.Select)


def _kind(tree: exp.Expr) -> str:
    name = _FORBIDDEN.get(type(tree).__name__)
    if name is None:
        return f"a {type(tree).__name__.upper()} statement"
    return name if name.startswith("a ") else f"a statement of kind {name}"


def _check_nodes(tree: exp.Expr) -> None:
    """No node anywhere in the tree may do more than read."""
    for node in tree.walk():
        name = type(node).__name__
        if name in _FORBIDDEN:
            raise _refuse(f"it contains {_FORBIDDEN[name]}")
        if name == "PropertyEQ" and type(node.this).__name__ in ("Parameter", "SessionParameter"):
            raise _refuse("it assigns to a variable")


def _check_functions(tree: exp.Expr, tokens: list[Token], dialect: str) -> None:
    """Every name before a parenthesis is a known pure function, a keyword or a column list.

    Names are read from the tokens, not from the tree: the parser maps many spellings to one
    node, and what counts is what the engine will read.
    """
    allowed = allowed_functions(dialect)
    named = _names_with_column_lists(tree)
    for token, following in pairwise(tokens):
        if following.token_type.name != "L_PAREN":
            continue
        kind = token.token_type.name
        text = token.text.lower()
        quoted = kind == "IDENTIFIER"
        if kind == "STRING" or not (quoted or text[:1].isalpha() or text[:1] == "_"):
            continue
        if text in allowed or (not quoted and text in KEYWORDS_BEFORE_PARENTHESIS):
            continue
        if not quoted and len(text.split()) > 1:  # "GROUP BY": no bare name has a space
            continue
        if named[text] > 0:
            named[text] -= 1
            continue
        raise _refuse(
            f"the function {token.text!r} is not on the list of functions without side effects",
            "Use another function or plain SQL.",
        )
    _check_anonymous(tree, allowed)


def _check_anonymous(tree: exp.Expr, allowed: frozenset[str]) -> None:
    """Functions that sqlglot does not know either: the same list, from the tree."""
    from sqlglot import exp

    for node in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc):
        name = str(node.this).lower()
        if name not in allowed and name not in KEYWORDS_BEFORE_PARENTHESIS:
            raise _refuse(
                f"the function {str(node.this)!r} is not on the list of functions without side "
                "effects",
                "Use another function or plain SQL.",
            )


_GROWING = frozenset(
    {"repeat", "rpad", "lpad", "printf", "format", "list_resize", "array_resize", "bitstring"}
)
_WIDTH = re.compile(r"\d{8,}")


def _check_growth(tree: exp.Expr) -> None:
    """No function makes a huge value of one row: engines look at the clock only between rows."""
    from sqlglot import exp

    for node in tree.find_all(exp.Func):
        if isinstance(node, exp.GenerateSeries):
            size = None if isinstance(node.parent, exp.Table) else _length(node)
            sizes = [size or 0.0]
        elif isinstance(node, exp.Repeat | exp.Pad | exp.Format | exp.Space) or (
            isinstance(node, exp.Anonymous) and str(node.this).lower() in _GROWING
        ):
            sizes = [_constant(part) or 0.0 for part in node.iter_expressions()]
            sizes += [
                float("inf")
                for text in node.find_all(exp.Literal)
                if text.is_string and _WIDTH.search(str(text.this))
            ]
        else:
            continue
        if max((abs(size) for size in sizes), default=0.0) > MAX_GROWTH:
            raise _refuse(
                f"it makes one value of more than {MAX_GROWTH:,} parts", "Ask for a smaller one."
            )


def _length(node: exp.GenerateSeries) -> float | None:
    """How many items a series of constants has."""
    start, end, step = (_constant(node.args.get(name)) for name in ("start", "end", "step"))
    if end is None:
        return None
    return (end - (start or 0.0)) / (step or 1.0)


def _constant(node: Any) -> float | None:
    """The value of a constant expression, or None for any other."""
    from sqlglot import exp

    if isinstance(node, exp.Literal):
        try:
            return float(node.this)
        except ValueError:
            return None
    if isinstance(node, exp.Paren | exp.Cast):
        return _constant(node.this)
    if isinstance(node, exp.Neg):
        value = _constant(node.this)
        return None if value is None else -value
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Pow):
        left, right = _constant(node.this), _constant(node.expression)
        if left is None or right is None:
            return None
        if isinstance(node, exp.Pow):
            return 0.0 if left == 0 else min(abs(left), 1e9) ** min(max(right, -9.0), 9.0)
        pairs = {exp.Add: left + right, exp.Sub: left - right, exp.Mul: left * right}
        return pairs[type(node)]
    return None


def _names_with_column_lists(tree: exp.Expr) -> Counter[str]:
    """How often each name is followed by a column list, as in ``WITH t(a, b) AS``."""
    from sqlglot import exp

    names: Counter[str] = Counter()
    for alias in tree.find_all(exp.TableAlias):
        if alias.args.get("columns") and alias.this is not None:
            names[alias.name.lower()] += 1
    for window in tree.find_all(exp.Window):
        if isinstance(window.this, exp.Identifier):
            names[window.this.name.lower()] += 1
    return names


def _without_semicolon(sql: str, tokens: list[Token]) -> str:
    """The text up to the last token that is not a semicolon (closing comments go too)."""
    last = next(token for token in reversed(tokens) if token.token_type.name != "SEMICOLON")
    first = next(token for token in tokens if token.token_type.name != "SEMICOLON")
    return sql[first.start : last.end + 1].strip()


def _syntax_error(error: Any) -> QuerySyntaxError:
    """One sentence with line and column from sqlglot's report."""
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    what = str(first.get("description") or str(error).splitlines()[0]).rstrip(". ")
    where = ""
    if first.get("line"):
        near = str(first.get("highlight") or "").strip()
        where = f" at line {first['line']}, column {first['col']}" + (
            f", near {near!r}" if near else ""
        )
    return QuerySyntaxError(
        f"The query does not parse{where}: {what}.", hint="Correct the SQL and try again."
    )
