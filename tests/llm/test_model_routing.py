"""From names to models, and from purposes to the one that answers."""

from __future__ import annotations

import pytest

from multivis.errors import CredentialError, MissingExtraError, OptionError
from multivis.llm import resolve_models
from multivis.protocols import ModelRouter
from multivis.rules import RuleBook, Ruling
from multivis.settings import Limits, Settings
from multivis.testing import ScriptedChatModel


def test_any_chat_model_is_taken_as_it_is():
    model = ScriptedChatModel([])
    router: ModelRouter = resolve_models(model)
    assert router.select("query") is model
    assert router.select("judge", images=True) is model
    assert router.name(model) == "ScriptedChatModel(scripted)"
    assert not router.has_vision


def test_each_purpose_gets_its_model():
    default, vision, code, fast = (ScriptedChatModel([], model_name=n) for n in "dvcf")
    router = resolve_models(default, vision=vision, code=code, fast=fast)
    assert router.select("query") is default
    assert router.select("code") is code
    assert router.select("decide") is fast
    assert router.select("judge") is default
    assert router.select("code", images=True) is vision
    assert router.has_vision


def test_models_of_the_same_name_are_kept_apart():
    first, second = ScriptedChatModel([]), ScriptedChatModel([])
    router = resolve_models(first, code=second)
    assert router.select("code") is second
    assert router.name(first) != router.name(second)


def test_one_model_can_have_several_roles():
    model = ScriptedChatModel([])
    router = resolve_models(model, vision=model, code=model)
    assert router.select("code", images=True) is model
    assert len(router.candidates) == 1
    assert router.has_vision


def test_the_default_model_sees_when_it_is_said():
    model = ScriptedChatModel([])
    assert resolve_models(model, vision=True).has_vision
    assert not resolve_models(model, vision=False).has_vision


def test_settings_name_all_models(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "dummy")
    router = resolve_models(Settings(model="openai:big", fast="openai:small"))
    assert router.select("decide").model_name == "small"
    assert router.select("query").model_name == "big"
    assert router.name(router.select("query")) == "openai:big"


def test_without_rc3_the_default_model_answers_everything():
    default, code = ScriptedChatModel([]), ScriptedChatModel([])
    router = resolve_models(default, code=code, rules=RuleBook().without("RC-3"))
    assert router.select("code") is default


def test_a_replaced_rc3_that_names_no_model_is_refused():
    book = RuleBook().with_rule("RC-3", lambda purpose, images, given: Ruling("elsewhere"))
    with pytest.raises(OptionError, match="'elsewhere', which was not given"):
        resolve_models(ScriptedChatModel([]), rules=book).select("code")


@pytest.mark.parametrize("name", ["gpt-5", "", "openai:", ":gpt-5", " : ", "Offline"])
def test_a_malformed_name_is_refused_with_an_example(name):
    with pytest.raises(OptionError, match="'openai:gpt-5'"):
        resolve_models(name)


def test_an_unknown_provider_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match=r"no provider 'acme'.*openai, anthropic"):
        resolve_models("acme:model")


def test_the_offline_model_needs_nothing():
    router = resolve_models("offline")
    model = router.select("query")
    assert router.name(model) == "offline"
    assert resolve_models().select("query")._llm_type == model._llm_type


def test_a_provider_of_langchain_without_an_extra_names_its_package():
    with pytest.raises(OptionError, match="langchain-groq"):
        resolve_models("groq:any")


def test_no_gateway_gets_between_the_caller_and_the_model():
    with pytest.raises(OptionError, match="no provider 'langsmith'"):
        resolve_models("langsmith:any")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ValueError("did not find groq_api_key"), CredentialError, "groq_api_key"),
        (ValueError(""), OptionError, "could not be made: ValueError"),
        (RuntimeError("two\nlines"), OptionError, "two lines"),
    ],
)
def test_a_model_that_cannot_be_made_says_why(error, kind, words, monkeypatch):
    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr("langchain.chat_models.init_chat_model", refuse)
    with pytest.raises(kind, match=words):
        resolve_models("groq:any")


@pytest.mark.parametrize("value", [5, object(), ["openai:gpt-5"]])
def test_what_is_no_model_is_refused_at_once(value):
    with pytest.raises(OptionError, match="LangChain chat model"):
        resolve_models(value)


@pytest.mark.parametrize(
    ("provider", "package", "extra"),
    [
        ("openai", "langchain_openai", "openai"),
        ("anthropic", "langchain_anthropic", "anthropic"),
        ("google", "langchain_google_genai", "google"),
        ("google_genai", "langchain_google_genai", "google"),
        ("ollama", "langchain_ollama", "ollama"),
    ],
)
def test_a_missing_package_names_its_extra(provider, package, extra, monkeypatch):
    monkeypatch.setattr("multivis.llm.models.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        resolve_models(f"{provider}:model")
    assert f"multivis[{extra}]" in str(caught.value)


def test_a_missing_key_names_its_variable():
    with pytest.raises(CredentialError, match="OPENAI_API_KEY"):
        resolve_models("openai:gpt-5")


def test_a_provider_model_has_our_time_limit_and_no_retries_of_its_own(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "dummy")
    model = resolve_models("openai:gpt-5", limits=Limits(model_seconds=7)).select("query")
    assert model.max_retries == 0
    assert model.request_timeout == 7
