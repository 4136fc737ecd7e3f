"""The twelve logic rules: pure functions that bound what a language model may do."""

from multivis.rules.book import Rule, RuleBook
from multivis.rules.code import StandardCode, code_environment, with_chart_variable
from multivis.rules.control import (
    Candidate,
    iteration_control,
    model_selection,
    response_format,
)
from multivis.rules.coordination import (
    admissible,
    evaluation_response,
    maker_of,
    prerequisites,
    task_type,
)
from multivis.rules.errors import ParsedCall, Recovery, call_parsing, execution_recovery
from multivis.rules.image import ImageFacts, image_validation
from multivis.rules.reference import reference_material
from multivis.rules.ruling import Ruling
from multivis.rules.tools import parameter_bounds

__all__ = [
    "Candidate",
    "ImageFacts",
    "ParsedCall",
    "Recovery",
    "Rule",
    "RuleBook",
    "Ruling",
    "StandardCode",
    "admissible",
    "call_parsing",
    "code_environment",
    "evaluation_response",
    "execution_recovery",
    "image_validation",
    "iteration_control",
    "maker_of",
    "model_selection",
    "parameter_bounds",
    "prerequisites",
    "reference_material",
    "response_format",
    "task_type",
    "with_chart_variable",
]
