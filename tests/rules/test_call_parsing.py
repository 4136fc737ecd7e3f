"""EH-1: what a model wrote is classified, and repaired where that is safe."""

from __future__ import annotations

import pytest

from multivis.rules import ParsedCall, call_parsing
from multivis.state import Failure, FailureKind

KNOWN = {"execute_sql", "get_table", "list_tables"}
SQL = {"sql": "SELECT a FROM t"}


def parse(content="", calls=(), invalid=()):
    return call_parsing(content, list(calls), list(invalid), KNOWN)


def call(name="execute_sql", args=None):
    return {"name": name, "args": SQL if args is None else args, "id": "1", "type": "tool_call"}


def test_eh1_stays_silent_on_a_proper_call():
    ruling = parse(calls=[call()])
    assert not ruling.fired
    assert ruling.value == ParsedCall("execute_sql", SQL, "1")


def test_the_first_of_several_calls_is_taken_and_it_is_said():
    ruling = parse(calls=[call("list_tables", {}), call()])
    assert ruling.value.name == "list_tables"
    assert ruling.fired
    assert "Of 2 calls the first" in ruling.why


@pytest.mark.parametrize(
    "name", ["Execute SQL", "functions.execute_sql", "execute-sql", "EXECUTE_SQL"]
)
def test_a_name_that_can_only_mean_one_tool_is_read_as_that_tool(name):
    ruling = parse(calls=[call(name)])
    assert ruling.fired
    assert ruling.value.name == "execute_sql"


def test_an_unknown_tool_is_a_failure_of_structure_with_near_names():
    failure = parse(calls=[call("execute_sqls")]).value
    assert failure.kind is FailureKind.STRUCTURE
    assert failure.detail["suggestions"][0] == "execute_sql"
    assert "get_table" in failure.message


def test_arguments_that_came_as_text_are_read():
    ruling = parse(calls=[call(args='{"sql": "SELECT a FROM t"}')])
    assert ruling.value == ParsedCall("execute_sql", SQL, "1")
    assert "came as text" in ruling.why
    assert parse(calls=[call(args="SELECT 1")]).value.kind is FailureKind.SYNTAX


def test_missing_arguments_are_none():
    no_arguments = {"name": "list_tables", "args": None, "id": "1"}
    assert parse(calls=[no_arguments]).value.arguments == {}


def test_an_unknown_tool_in_broken_or_written_calls_is_named():
    broken = parse(invalid=[{"name": "drop_all", "args": "{}"}]).value
    written = parse('{"name": "drop_all", "arguments": {}}').value
    assert broken.kind is written.kind is FailureKind.STRUCTURE


def test_the_first_of_several_written_calls_is_taken():
    one = '<tool_call>{"name": "list_tables", "arguments": {}}</tool_call>'
    ruling = parse(one + one.replace("list_tables", "get_table"))
    assert ruling.value.name == "list_tables"
    assert "Of 2 calls" in ruling.why


@pytest.mark.parametrize("name", [None, 5, "", {}])
def test_a_name_of_the_wrong_kind_is_a_failure_of_structure(name):
    assert parse(calls=[call(name)]).value.kind is FailureKind.STRUCTURE


def test_arguments_that_are_a_list_are_a_failure_of_structure():
    assert parse(calls=[call(args=["SELECT 1"])]).value.kind is FailureKind.STRUCTURE


@pytest.mark.parametrize(
    "text",
    [
        '{"sql": "SELECT a FROM t",}',
        "{'sql': 'SELECT a FROM t'}",
        '```json\n{"sql": "SELECT a FROM t"}\n```',
        '{"sql": "SELECT a FROM t"',
        '"{\\"sql\\": \\"SELECT a FROM t\\"}"',
        '  {"sql": "SELECT a FROM t"}  ',
    ],
)
def test_arguments_with_a_fault_of_form_are_repaired(text):
    ruling = parse(invalid=[{"name": "execute_sql", "args": text, "id": "1", "error": "x"}])
    assert ruling.fired
    assert ruling.outcome == "salvaged"
    assert ruling.value == ParsedCall("execute_sql", SQL, "1")


@pytest.mark.parametrize(
    "text",
    [
        '{"sql": "SELECT a FROM',  # cut in the middle of a text
        '{"rows": 1',  # could have been 10
        '{"rows": 1.',
        '{"sql":',
        '{"sql": "SELECT a FROM t",',  # another argument was to come
        "{",
        '{"sql"',
        "SELECT a FROM t",
        '{"sql": "a"]',
        "",
        "[]",
        None,
    ],
)
def test_half_a_value_is_never_completed(text):
    failure = parse(invalid=[{"name": "execute_sql", "args": text}]).value
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.SYNTAX
    assert "one complete JSON object" in failure.message


def test_words_of_json_and_python_mean_the_same():
    text = "{'final': true, 'rows': None, 'x': False, 'y': null}"
    ruling = parse(invalid=[{"name": "execute_sql", "args": text}])
    assert ruling.value.arguments == {"final": True, "rows": None, "x": False, "y": None}


def test_line_breaks_inside_a_text_are_kept():
    text = '{"sql": "SELECT a\nFROM t"}'
    ruling = parse(invalid=[{"name": "execute_sql", "args": text}])
    assert ruling.value.arguments == {"sql": "SELECT a\nFROM t"}


def test_commas_and_brackets_inside_a_text_are_not_repaired():
    text = '{"sql": "SELECT \',}\' FROM t",}'
    ruling = parse(invalid=[{"name": "execute_sql", "args": text}])
    assert ruling.value.arguments == {"sql": "SELECT ',}' FROM t"}


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "execute_sql", "arguments": {"sql": "SELECT a FROM t"}}</tool_call>',
        '<tool_call>\n{"name": "execute_sql", "arguments": {"sql": "SELECT a FROM t"}}',
        'So:\n```json\n{"name": "execute_sql", "arguments": {"sql": "SELECT a FROM t"}}\n```',
        '{"tool": "execute_sql", "args": {"sql": "SELECT a FROM t"}}',
        'Let me see. {"name": "execute_sql", "parameters": {"sql": "SELECT a FROM t"}} Done.',
        '{"function": {"name": "execute_sql", "arguments": "{\\"sql\\": \\"SELECT a FROM t\\"}"}}',
        '[{"name": "execute_sql", "arguments": {"sql": "SELECT a FROM t"}}]',
        '```json\n[{"name": "execute_sql", "arguments": {"sql": "SELECT a FROM t"}}]\n```',
        'Thought: query\nAction: execute_sql\nAction Input: {"sql": "SELECT a FROM t"}',
        'execute_sql(sql="SELECT a FROM t")',
        '```python\nexecute_sql(sql="SELECT a FROM t")\n```',
        '{"tool_calls": [{"function": {"name": "execute_sql", '
        '"arguments": {"sql": "SELECT a FROM t"}}}]}',
    ],
)
def test_a_call_written_into_the_text_is_read(text):
    ruling = parse(text)
    assert ruling.fired
    assert ruling.value == ParsedCall("execute_sql", SQL)


@pytest.mark.parametrize(
    "text", ["", "  \n", "I think the average is 5.", "execute_sql is what I need"]
)
def test_prose_and_silence_are_failures_of_content_that_list_the_tools(text):
    failure = parse(text).value
    assert failure.kind is FailureKind.CONTENT
    assert "execute_sql, get_table, list_tables" in failure.message


def test_a_broken_call_in_the_text_is_a_failure_of_syntax():
    failure = parse('<tool_call>{"name": "execute_sql", "arguments": {"sql": "SELECT').value
    assert failure.kind is FailureKind.SYNTAX


@pytest.mark.parametrize(
    "text",
    [
        "execute_sql(build())",
        "execute_sql('SELECT 1')",
        "execute_sql(**arguments)",
        '{"name": "execute_sql"}',
        '{"sql": "SELECT a FROM t"}',
        "os.system('x')",
    ],
)
def test_what_could_mean_anything_is_not_read_as_a_call(text):
    assert isinstance(parse(text).value, Failure)


def test_a_proper_call_goes_before_a_broken_one_and_before_text():
    broken = {"name": "get_table", "args": "{", "id": "2"}
    ruling = parse('{"name": "list_tables", "arguments": {}}', [call()], [broken])
    assert ruling.value.name == "execute_sql"


def test_a_very_long_text_is_answered():
    assert isinstance(parse("{" * 500_000).value, Failure)
    assert isinstance(parse("{" * 100_000).value, Failure)
