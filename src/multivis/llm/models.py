"""From names to chat models, and from purposes to the model that answers (RC-3)."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from multivis.errors import CredentialError, InputError, MissingExtraError, OptionError
from multivis.llm.calls import model_name
from multivis.rules import Candidate, RuleBook
from multivis.rules.ruling import shorten
from multivis.settings import Limits, Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["PROVIDERS", "Provider", "Router", "open_model", "resolve_models"]


class Provider:
    """A provider that multivis has an extra for.

    Attributes:
        extra: The extra that brings its package.
        package: The package.
        keys: Environment variables of which one must hold its key; empty if it needs none.
        langchain: LangChain's name of it.
    """

    def __init__(self, extra: str, package: str, keys: tuple[str, ...], langchain: str) -> None:
        self.extra = extra
        self.package = package
        self.keys = keys
        self.langchain = langchain

    def options(self, limits: Limits) -> dict[str, Any]:
        """Time limit and no retries of its own: `call_model` retries, and says so."""
        if self.extra == "ollama":
            return {"client_kwargs": {"timeout": limits.model_seconds}}
        retries = 1 if self.extra == "google" else 0  # Google's client counts attempts
        return {"timeout": limits.model_seconds, "max_retries": retries}


PROVIDERS: dict[str, Provider] = {
    "openai": Provider("openai", "langchain_openai", ("OPENAI_API_KEY",), "openai"),
    "anthropic": Provider("anthropic", "langchain_anthropic", ("ANTHROPIC_API_KEY",), "anthropic"),
    "google": Provider(
        "google",
        "langchain_google_genai",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        "google_genai",
    ),
    "ollama": Provider("ollama", "langchain_ollama", (), "ollama"),
}
_ALSO = {"google_genai": "google", "gemini": "google"}


def resolve_models(
    model: str | BaseChatModel | Settings = "offline",
    *,
    vision: str | BaseChatModel | bool | None = None,
    code: str | BaseChatModel | None = None,
    fast: str | BaseChatModel | None = None,
    limits: Limits | None = None,
    rules: RuleBook | None = None,
) -> Router:
    """Make the models and the router that chooses among them.

    Args:
        model: The default model: ``"offline"``, ``"provider:name"``, any LangChain chat model;
            or a `Settings` that names all four.
        vision: The model for content with pictures; True says that the default model sees.
        code: The model that writes code.
        fast: The model for short decisions.
        limits: `model_seconds` bounds each call.
        rules: The book whose RC-3 chooses.

    Raises:
        OptionError: A name that is malformed, or a provider that is not known.
        MissingExtraError: The provider's package is not installed.
        CredentialError: The provider's key is not set.
    """
    if isinstance(model, Settings):
        settings = model
        return resolve_models(
            settings.model,
            vision=settings.vision if vision is None else vision,
            code=settings.code if code is None else code,
            fast=settings.fast if fast is None else fast,
            limits=limits or settings.limits,
            rules=rules,
        )
    limits = limits or Limits()
    given: list[tuple[str, Any]] = [("default", model)]
    given += [(role, value) for role, value in (("code", code), ("fast", fast)) if value]
    if vision is True:
        given.append(("vision", model))
    elif vision:
        given.append(("vision", vision))
    return Router(given, limits, rules or RuleBook())


class Router:
    """The models of a run; implements `protocols.ModelRouter`."""

    def __init__(self, given: list[tuple[str, Any]], limits: Limits, rules: RuleBook) -> None:
        self._rules = rules
        self._models: dict[str, BaseChatModel] = {}
        roles: dict[str, set[str]] = {}
        for role, value in given:
            name = self._name_for(value)
            if name not in self._models:
                self._models[name] = open_model(value, limits)
            roles.setdefault(name, set()).add(role)
        self._candidates = tuple(
            Candidate(name, frozenset(named_roles)) for name, named_roles in roles.items()
        )

    def _name_for(self, value: Any) -> str:
        """A name of its own for each model; the same model keeps one name in all its roles."""
        if isinstance(value, str):
            return value
        for name, model in self._models.items():
            if model is value:
                return name
        name, number = model_name(value), 2
        while name in self._models:
            name, number = f"{model_name(value)} #{number}", number + 1
        return name

    def select(self, purpose: str, *, images: bool = False) -> BaseChatModel:
        """The model that fits best (RC-3): ``decide``, ``query``, ``code`` or ``judge``."""
        chosen = self._rules.model_selection(purpose, images, self._candidates).value
        if chosen not in self._models:
            raise OptionError(
                f"RC-3 chose the model {chosen!r}, which was not given.",
                hint=f"Given are: {', '.join(self._models)}.",
            )
        return self._models[chosen]

    def name(self, model: BaseChatModel) -> str:
        """How a person names that model."""
        return next(
            (name for name, given in self._models.items() if given is model), model_name(model)
        )

    @property
    def has_vision(self) -> bool:
        """Whether a model was given for pictures."""
        return any("vision" in candidate.roles for candidate in self._candidates)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The models by name, with the roles they were given for."""
        return self._candidates


def open_model(value: str | BaseChatModel, limits: Limits | None = None) -> BaseChatModel:
    """One chat model from its name; a chat model is given back as it is.

    Raises:
        OptionError: Not a chat model, a malformed name, or an unknown provider.
        MissingExtraError: The provider's package is not installed.
        CredentialError: The provider's key is not set.
    """
    if not isinstance(value, str):
        return _checked(value)
    if value == "offline":
        from multivis.offline import OfflineChatModel

        return OfflineChatModel()
    provider, colon, name = value.partition(":")
    if not colon or not provider.strip() or not name.strip():
        raise OptionError(
            f"The model {value!r} is not 'offline' and not 'provider:name'.",
            hint=f"Providers: {', '.join(PROVIDERS)}; for example 'openai:gpt-5'.",
        )
    return _open_provider(provider.strip().lower(), name.strip(), limits or Limits())


def _checked(value: Any) -> BaseChatModel:
    """Refuse what is no chat model at once, not in the middle of a run."""
    from langchain_core.language_models import BaseChatModel

    if isinstance(value, BaseChatModel):
        return value
    raise OptionError(
        f"A model is 'offline', 'provider:name' or a LangChain chat model, "
        f"not {type(value).__name__}."
    )


def _open_provider(provider: str, name: str, limits: Limits) -> BaseChatModel:
    """A model of a provider, through LangChain."""
    known = PROVIDERS.get(_ALSO.get(provider, provider))
    if known is not None:
        if find_spec(known.package) is None:
            raise MissingExtraError(f"Models of {provider}", extra=known.extra)
        if known.keys and not any(os.environ.get(key) for key in known.keys):
            raise CredentialError(
                f"The key for {provider} is not set.",
                hint=f"Set {' or '.join(known.keys)} in the environment.",
            )
    if provider == "langsmith":  # a gateway that sees every question; nobody asked for one
        raise _unknown_provider(provider)
    options = known.options(limits) if known else {}
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(
            name, model_provider=known.langchain if known else provider, **options
        )
    except ImportError as error:
        raise OptionError(
            f"Models of {provider} need a package that is not installed.", hint=f"{error}"
        ) from error
    except Exception as error:
        raise _refused(provider, name, error) from error
    return model


def _refused(provider: str, name: str, error: Exception) -> InputError:
    """Why a provider's class could not be made."""
    text = shorten(str(error) or type(error).__name__, 200)
    if "nsupported provider" in text or "model_provider" in text:
        return _unknown_provider(provider)
    if any(word in text.lower() for word in ("api_key", "api key", "credential")):
        return CredentialError(f"The key for {provider} is not set.", hint=text)
    return OptionError(f"The model {provider}:{name} could not be made: {text}")


def _unknown_provider(provider: str) -> OptionError:
    return OptionError(
        f"There is no provider {provider!r}.",
        hint=f"Providers: {', '.join(PROVIDERS)}; others of LangChain's once installed.",
    )
