"""The offline model as a chat model: tools in, calls out, nothing else seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from multivis.data.tools import data_tools
from multivis.llm.brief import render_brief
from multivis.offline import OfflineChatModel

DATABASE_TOOLS = [item.definition() for item in data_tools()]


class ExecuteCode(BaseModel):
    """Run chart code."""

    code: str
    final: bool = True
    handoff: str = ""


def _code_tool() -> dict[str, Any]:
    schema = ExecuteCode.model_json_schema()
    return {
        "type": "function",
        "function": {"name": "execute_code", "description": "Run code.", "parameters": schema},
    }


class CoordinatorDecision(BaseModel):
    """Which action to take, and why."""

    action: str
    why: str = Field(min_length=3)


def _brief(schema: str, question: str, **more: str) -> list[Any]:
    sections = {"question": question, "scenario": "A", "dialect": "sqlite", "schema": schema}
    return [SystemMessage("You write SQL."), HumanMessage(render_brief({**sections, **more}))]


def _query(columns: list[dict[str, Any]], handoff: str = "", rows: int = 3) -> str:
    return json.dumps({"sql": "…", "row_count": rows, "columns": columns, "handoff": handoff})


CATEGORIES = [
    {"name": "category", "type": "string", "kind": "nominal", "distinct": 3},
    {"name": "total_quantity", "type": "int64", "kind": "quantitative", "distinct": 3},
]


def test_the_database_agent_asks_one_query_and_hands_its_plan_on(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    answer = model.invoke(_brief(sales.text, "Total quantity per category as a bar chart"))
    assert [call["name"] for call in answer.tool_calls] == ["execute_sql"]
    arguments = answer.tool_calls[0]["args"]
    assert arguments["final"] is True
    assert "SUM" in arguments["sql"]
    handoff = json.loads(arguments["handoff"])
    assert set(handoff) >= {"plan", "assumptions", "ambiguities", "left_out", "confidence"}
    assert len(arguments["handoff"]) <= 8_000


def test_the_visualization_agent_draws_the_plan_that_was_handed_on(sales: Any) -> None:
    first = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    call = first.invoke(_brief(sales.text, "Total quantity per category as a bar chart"))
    handoff = call.tool_calls[0]["args"]["handoff"]
    second = OfflineChatModel().bind_tools([_code_tool()])
    answer = second.invoke(
        _brief("", "Total quantity per category as a bar chart", backend="altair",
               query=_query(CATEGORIES, handoff))
    )  # fmt: skip
    code = answer.tool_calls[0]["args"]["code"]
    assert 'alt.X("category:N")' in code
    assert 'alt.Y("total_quantity:Q")' in code


@pytest.mark.parametrize("handoff", ["", "plain words", '{"plan": 3}', '{"plan": {"views": []}}'])
def test_a_chart_is_drawn_from_the_columns_when_another_model_wrote_the_query(
    handoff: str,
) -> None:
    model = OfflineChatModel().bind_tools([_code_tool()])
    answer = model.invoke(
        _brief("", "Bar chart of the quantity of each category", backend="altair",
               query=_query(CATEGORIES, handoff))
    )  # fmt: skip
    code = answer.tool_calls[0]["args"]["code"]
    assert "mark_bar" in code
    assert "total_quantity" in code


@pytest.mark.parametrize(
    ("backend", "word"),
    [("altair", "alt.Chart"), ("plotly", "px.bar"), ("matplotlib", "plt.subplots")],
)
def test_the_code_is_for_the_backend_that_was_asked_for(backend: str, word: str) -> None:
    model = OfflineChatModel().bind_tools([_code_tool()])
    answer = model.invoke(
        _brief("", "Bar chart of quantity by category", backend=backend, query=_query(CATEGORIES))
    )
    assert word in answer.tool_calls[0]["args"]["code"]


def test_the_same_messages_give_the_same_answer(sales: Any) -> None:
    messages = _brief(sales.text, "Number of orders per month as a line chart")
    answers = [OfflineChatModel().bind_tools(DATABASE_TOOLS).invoke(messages) for _ in range(2)]
    assert answers[0].tool_calls == answers[1].tool_calls


def test_every_form_of_tool_can_be_bound(sales: Any) -> None:
    @tool
    def execute_sql(sql: str, final: bool = True, handoff: str = "") -> str:
        """Run a query."""
        return sql

    model = OfflineChatModel().bind_tools([execute_sql], tool_choice="any")
    answer = model.invoke(_brief(sales.text, "Customers per country"))
    assert answer.tool_calls[0]["name"] == "execute_sql"
    bound = OfflineChatModel().bind_tools([CoordinatorDecision])
    decision = bound.invoke(_brief("", "Customers", admissible='["database"]'))
    assert decision.tool_calls[0]["args"]["action"] == "database"


def test_streaming_gives_the_same_call_in_pieces(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    messages = _brief(sales.text, "Total quantity per category as a bar chart")
    chunks = list(model.stream(messages))
    assert len(chunks) > 2
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    assert isinstance(whole, AIMessage)
    assert whole.tool_calls[0]["args"] == model.invoke(messages).tool_calls[0]["args"]
    assert whole.usage_metadata is not None


def test_tokens_are_characters_divided_by_four(sales: Any) -> None:
    messages = _brief(sales.text, "Customers per country")
    usage = OfflineChatModel().bind_tools(DATABASE_TOOLS).invoke(messages).usage_metadata
    assert usage is not None
    characters = sum(len(message.content) for message in messages)
    assert usage["input_tokens"] == -(-characters // 4)
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_without_tools_it_says_what_it_is_for() -> None:
    assert "tools" in OfflineChatModel().invoke("Hello").content


def test_what_cannot_be_found_is_named_instead_of_guessed(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    answer = model.invoke(_brief(sales.text, "Show the mean thickness of glaciers by continent"))
    assert not answer.tool_calls
    assert "'glaciers'" in answer.content


def _after(messages: list[Any], answer: AIMessage, said: str) -> list[Any]:
    return [*messages, answer, ToolMessage(said, tool_call_id=answer.tool_calls[0]["id"])]


def test_an_empty_result_takes_the_near_value_that_the_answer_names(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    messages = _brief(sales.text, 'Bar chart of orders per customer in "Spain"')
    first = model.invoke(messages)
    assert "'Spain'" in first.tool_calls[0]["args"]["sql"]
    said = "The query ran and returned no row. Column 'customers.country' has no value 'Spain'; "
    second = model.invoke(_after(messages, first, said + "the nearest values are 'Spain (ES)'."))
    arguments = second.tool_calls[0]["args"]
    assert "Spain (ES)" in arguments["sql"]
    assert any("Spain (ES)" in text for text in json.loads(arguments["handoff"])["assumptions"])


def test_an_empty_result_without_a_near_value_drops_the_condition_and_says_so(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    messages = _brief(sales.text, "Bar chart of orders per customer in Spain")
    first = model.invoke(messages)
    second = model.invoke(_after(messages, first, "The query ran and returned no row."))
    arguments = second.tool_calls[0]["args"]
    assert "WHERE" not in arguments["sql"]
    assert any("Spain" in text for text in json.loads(arguments["handoff"])["left_out"])


def test_a_query_is_never_repeated_and_the_loop_ends_in_words(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    messages = _brief(sales.text, "Bar chart of orders per customer in Spain")
    asked: list[str] = []
    for _ in range(8):
        answer = model.invoke(messages)
        if not answer.tool_calls:
            break
        asked.append(answer.tool_calls[0]["args"]["sql"])
        messages = _after(messages, answer, "The engine failed: disk image is malformed.")
    assert not answer.tool_calls
    assert len(asked) == len(set(asked)) >= 1


def test_failed_code_is_followed_by_other_code_until_nothing_is_left() -> None:
    model = OfflineChatModel().bind_tools([_code_tool()])
    messages = _brief("", "Bar chart of quantity by category", backend="altair",
                      query=_query(CATEGORIES))  # fmt: skip
    codes: list[str] = []
    for _ in range(8):
        answer = model.invoke(messages)
        if not answer.tool_calls:
            break
        codes.append(answer.tool_calls[0]["args"]["code"])
        messages = _after(messages, answer, "line 3: NameError: name 'x' is not defined")
    assert not answer.tool_calls
    assert len(codes) == len(set(codes)) >= 2


def test_a_recommendation_changes_the_chart() -> None:
    model = OfflineChatModel().bind_tools([_code_tool()])
    question = "Bar chart of quantity by category"
    first = model.invoke(_brief("", question, backend="altair", query=_query(CATEGORIES)))
    wish = [{"target": "code", "severity": "error", "text": "Lay the bars.",
             "check": "orientation-asked-for"}]  # fmt: skip
    second = model.invoke(
        _brief("", question, backend="altair", query=_query(CATEGORIES),
               previous_code=first.tool_calls[0]["args"]["code"],
               recommendations=json.dumps(wish))
    )  # fmt: skip
    assert 'y=alt.Y("category' in second.tool_calls[0]["args"]["code"]


def test_a_cut_schema_is_looked_up_before_the_query(sales: Any) -> None:
    head, lines = [], sales.text.splitlines()
    for line in lines:
        if line.startswith('TABLE "products"'):
            break
        head.append(line)
    cut = "\n".join([*head, "… 1 more tables: use find_fields or list_tables"])
    products = sales.text[sales.text.index('TABLE "products"') :]
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    messages = _brief(cut, "Bar chart of unit price by product category")
    names = []
    replies = {
        "find_fields": "column 'products.category' (TEXT, nominal)",
        "get_table": products,
        "get_foreign_keys": "No foreign keys are declared, and none could be inferred.",
    }
    for _ in range(6):
        answer = model.invoke(messages)
        name = answer.tool_calls[0]["name"]
        names.append(name)
        if name == "execute_sql":
            break
        messages = _after(messages, answer, replies[name])
    assert names[0] == "find_fields"
    assert names[-1] == "execute_sql"
    assert "products" in answer.tool_calls[0]["args"]["sql"]


def test_a_picture_that_cannot_be_seen_is_said(sales: Any) -> None:
    model = OfflineChatModel().bind_tools(DATABASE_TOOLS)
    answer = model.invoke(_brief(sales.text, "Customers per country", scenario="B"))
    left_out = json.loads(answer.tool_calls[0]["args"]["handoff"])["left_out"]
    assert any("image" in text for text in left_out)


EXISTING = """import altair as alt
import pandas as pd

df = pd.DataFrame({"a": ["x", "y"], "b": [1, 2]})
chart = alt.Chart(df).mark_bar().encode(x="a:N", y="b:Q")
"""


def test_a_wish_about_looks_goes_to_the_code(sales: Any) -> None:
    model = OfflineChatModel().bind_tools([CoordinatorDecision])
    answer = model.invoke(
        _brief(sales.text, "Make the bars red", scenario="D", existing_code=EXISTING,
               admissible='["visualization", "database"]')
    )  # fmt: skip
    assert answer.tool_calls[0]["args"]["action"] == "visualization"


def test_existing_code_is_edited_and_otherwise_kept() -> None:
    model = OfflineChatModel().bind_tools([_code_tool()])
    answer = model.invoke(
        _brief("", 'Change the title to "Two bars"', scenario="D", existing_code=EXISTING)
    )
    code = answer.tool_calls[0]["args"]["code"]
    assert "Two bars" in code
    assert code.startswith(EXISTING[:90])


def test_an_unknown_form_is_filled_with_values_that_it_admits() -> None:
    class Opinion(BaseModel):
        """An opinion."""

        verdict: str = Field(min_length=3)
        points: int = Field(ge=1)
        sure: bool

    answer = OfflineChatModel().bind_tools([Opinion]).invoke("What do you think?")
    assert Opinion.model_validate(answer.tool_calls[0]["args"]).points == 1


def test_what_the_data_do_not_hold_ends_in_cannot_answer_where_there_is_such_a_tool(
    sales: Any,
) -> None:
    ending = {
        "type": "function",
        "function": {
            "name": "cannot_answer",
            "description": "End.",
            "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}},
        },
    }
    model = OfflineChatModel().bind_tools([*DATABASE_TOOLS, ending])
    answer = model.invoke(_brief(sales.text, "Show the average temperature by country"))
    assert answer.tool_calls[0]["name"] == "cannot_answer"
    assert "temperature" in answer.tool_calls[0]["args"]["reason"]


@pytest.mark.parametrize(
    "question",
    ["Average temperature per country", "Show the humidity by country", "Plot salinity per city"],
)
def test_another_question_is_never_answered_instead(sales: Any, question: str) -> None:
    answer = OfflineChatModel().bind_tools(DATABASE_TOOLS).invoke(_brief(sales.text, question))
    assert not answer.tool_calls
