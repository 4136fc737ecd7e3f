"""Models: resolved from names, routed by purpose, called within bounds, made to answer in form."""

from multivis.llm.models import Router, resolve_models

__all__ = ["Router", "resolve_models"]
