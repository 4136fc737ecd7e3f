"""Modules: written where no ready tool does it, validated, kept, found again, changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from multivis import MultiVis
from multivis.data.artifacts import FileArtifactStore
from multivis.memory.modules import Module, ModuleMemory
from multivis.rules import RuleBook
from multivis.settings import Limits, Settings
from multivis.state import FailureKind
from multivis.testing import ScriptedChatModel
from multivis.volumes.data import VolumeData, open_volume_data
from multivis.volumes.drawing import Drawing, ModuleCall
from multivis.volumes.grammar import Recipe, compose
from multivis.volumes.module_checks import check_names, read_parameters, with_parameters
from multivis.volumes.modules import ModuleRunner, signature_of

HEAD = "phantom:head?size=32"

GOOD = '''"""The smoothed skull."""
import vtk

PARAMETERS = {"isovalue": 300.0, "standard_deviation": 1.0, "opacity": 1.0}


def build(data, parameters):
    smooth = vtk.vtkImageGaussianSmooth()
    smooth.SetInputData(data)
    smooth.SetStandardDeviation(parameters["standard_deviation"])
    contour = vtk.vtkFlyingEdges3D()
    contour.SetInputConnection(smooth.GetOutputPort())
    contour.SetValue(0, parameters["isovalue"])
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(contour.GetOutputPort())
    mapper.ScalarVisibilityOff()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetOpacity(parameters["opacity"])
    renderer = vtk.vtkRenderer()
    renderer.AddActor(actor)
    renderer.ResetCamera()
    return renderer
'''


@pytest.fixture(scope="module")
def head() -> Iterator[VolumeData]:
    data = open_volume_data(HEAD)
    yield data
    data.close()


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleRunner]:
    folder = tmp_path_factory.mktemp("modules")
    settings = Settings(cache_dir=folder, limits=Limits(code_seconds=20))
    made = ModuleRunner(settings, FileArtifactStore(folder / "artifacts"), memory=":memory:")
    yield made
    made.close()


def drawing(code: str = GOOD, **parameters: Any) -> Drawing:
    values = {**(read_parameters(code) or {}), **parameters}
    call = ModuleCall(task="smoothed skull", code=code, parameters=values)
    return Drawing(data=HEAD, size=(160, 140), module=call)


def test_kept_evidence_is_checked_anew_before_it_is_shown(runner, head):
    plain = drawing()
    run = runner.run(GOOD, plain, head)
    module = Module("a smoothed skull", signature_of(head.volume.facts()), GOOD)
    assert plain.module is not None
    call = plain.module.model_copy(update={"key": runner.memory.keep(module)})
    kept = plain.changed(module=call)
    runner.settle(kept, head, run)
    shown = runner.answer(kept, head)
    assert shown is not None and shown.passed and shown.picture == run.picture
    assert {check.id for check in shown.checks} == {check.id for check in run.checks}
    wrong = json.loads(json.dumps(run.read_back).replace("300.0", "999.0"))
    runner.settle(kept, head, replace(run, read_back=tuple(wrong)))
    assert runner.answer(kept, head, check=False) is not None
    assert runner.answer(kept, head) is None, "what was read back is not what is asked for"


# ── before it runs ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "kind", "why"),
    [
        (
            ("vtkFlyingEdges3D()", "vtkFlyingEdge3D()"),
            FailureKind.MISSING_FIELD,
            "vtkFlyingEdges3D",
        ),
        (("SetStandardDeviation(", "SetSigma("), FailureKind.MISSING_FIELD, "no SetSigma"),
        (("SetValue(0", "SetValu(0"), FailureKind.MISSING_FIELD, "SetValue"),
        (("import vtk\n", "import vtk\nvtk.vtkRenderWindow()\n"), FailureKind.REFUSED, "no window"),
        (
            ("import vtk\n", "import vtk\nfrom vtkmodules.vtkFiltersCore import vtkNone\n"),
            FailureKind.MISSING_FIELD,
            "no vtkNone",
        ),
        (("def build", "def make"), FailureKind.STRUCTURE, "build(data, parameters)"),
        (("PARAMETERS = {", "PARAMETERS = {'x': open, "), FailureKind.STRUCTURE, "plain values"),
        (("def build(", "def build(("), FailureKind.SYNTAX, "SyntaxError"),
    ],
)
def test_names_are_looked_up_in_the_installed_vtk_before_anything_runs(wrong, kind, why):
    failure = check_names(GOOD.replace(*wrong, 1))
    assert failure is not None
    assert failure.kind is kind
    assert why in failure.message
    assert check_names(GOOD) is None


def test_a_name_that_holds_two_classes_accuses_nobody():
    code = GOOD.replace(
        "    contour = vtk.vtkFlyingEdges3D()\n",
        "    contour = vtk.vtkContourFilter()\n    contour.GetLocator()\n"
        "    contour = vtk.vtkFlyingEdges3D()\n",
    )
    assert check_names(code) is None


def test_parameters_change_the_code_and_nothing_else():
    changed = with_parameters(GOOD, {"isovalue": 700.5, "unknown": 1})
    assert read_parameters(changed) == {
        "isovalue": 700.5,
        "standard_deviation": 1.0,
        "opacity": 1.0,
    }
    before, after = GOOD.splitlines(), changed.splitlines()
    assert [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [3]


# ── running and validating ──────────────────────────────────────────────────────────────────


def test_a_module_draws_what_its_parameters_say(runner, head):
    run = runner.run(GOOD, drawing(isovalue=400.0, opacity=0.5), head)
    assert run.failure is None and run.passed
    assert run.picture.startswith(b"\x89PNG")
    actor = next(record for record in run.read_back if record["kind"] == "actor")
    contour = next(a for a in actor["algorithms"] if a["class"] == "vtkFlyingEdges3D")
    assert contour["values"] == [400.0]
    assert contour["deviation"] < 0.01
    assert actor["opacity"] == 0.5
    checked = {check.id for check in run.checks if check.applicable}
    assert {"module-draws", "module-parameters", "surface-at-isovalue", "picture-shows"} <= checked


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        (('SetValue(0, parameters["isovalue"])', "SetValue(0, 250.0)"), "module-parameters"),
        (('SetValue(0, parameters["isovalue"])', "SetValue(0, 9000.0)"), "module-draws"),
        (('SetOpacity(parameters["opacity"])', "SetOpacity(0.9)"), "module-parameters"),
        (
            ("    return renderer", "    actor.SetPosition(1e6, 0, 0)\n    return renderer"),
            "picture",
        ),
    ],
)
def test_a_module_that_ran_and_draws_something_else_does_not_pass(runner, head, wrong, check):
    run = runner.run(GOOD.replace(*wrong), drawing(opacity=1.0), head)
    assert run.failure is None
    assert not run.passed
    assert any(check in c.id and not c.passed for c in run.checks)


def test_the_stages_that_a_module_is_said_to_have_are_read_back(runner, head):
    call = drawing().module.model_copy(update={"stages": ("vtkDecimatePro",)})
    run = runner.run(GOOD, drawing().changed(module=call), head)
    failed = next(c for c in run.checks if c.id == "module-stages")
    assert not failed.passed and "vtkDecimatePro" in failed.message


def test_a_camera_that_was_chosen_is_used_and_checked(runner, head):
    run = runner.run(GOOD, drawing().changed(camera={"direction": "left"}), head)
    check = next(c for c in run.checks if c.id == "camera-direction")
    assert check.applicable and check.passed
    # anatomical data: the patient's left is +x
    assert run.read_back[0]["direction"][0] == pytest.approx(1.0)


# ── every production of the grammar ─────────────────────────────────────────────────────────

ISO = {"isovalue": 300.0, "minimum": -1100.0, "maximum": 2000.0}


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("density", fields=("gaussian", "median"), shapes=("largest", "relax"), values=ISO),
        Recipe("density", fields=("gradient",), look="elevation"),
        Recipe("density", shapes=("decimate", "mirror"), look="distance", values=ISO),
        Recipe("density", shapes=("ball", "edges"), wireframe=True, values={**ISO, "radius": 0.2}),
        Recipe("density", look="curvature", values=ISO),
        Recipe("density", geometry="projection", values={"axis": "x", "mode": "maximum"}),
        Recipe("density", geometry="slices", values={"count": 4}),
    ],
    ids=lambda recipe: recipe.task,
)
def test_what_the_grammar_composes_runs_and_passes(runner, head, recipe):
    made = compose(recipe)
    assert check_names(made.code) is None
    call = ModuleCall(
        task=made.task,
        code=made.code,
        parameters=read_parameters(made.code),
        stages=made.stages,
    )
    run = runner.run(made.code, Drawing(data=HEAD, size=(160, 140), module=call), head)
    assert run.failure is None, run.failure
    assert run.passed, [c for c in run.checks if not c.passed]


# ── the whole way ───────────────────────────────────────────────────────────────────────────

QUESTION = "Show the largest connected part of the isosurface at 300, 200x170 pixels"


def tools_of(result: Any) -> list[str]:
    return [event.tool for event in result.trace if event.event == "tool"]


@pytest.fixture
def memory() -> Iterator[ModuleMemory]:
    with ModuleMemory() as made:
        yield made


def test_a_module_is_written_once_then_found_changed_and_shown(volume_cache, memory):
    with MultiVis(HEAD, cache_dir=volume_cache, modules=memory) as agent:
        first = agent.ask(QUESTION)
        assert first.passed
        assert tools_of(first)[:2] == ["find_module", "write_module"]
        again = agent.ask(QUESTION.replace("300,", "500,"))
        assert tools_of(again)[:2] == ["find_module", "run_module"]
        assert "write_module" not in tools_of(again)
        shown = agent.ask(QUESTION)
        changed = agent.refine(again, "make it half transparent, and look from the left")
    assert len(memory) == 1
    (module,) = [memory.get(key) for key in memory]
    assert module.uses >= 3 and module.versions["vtk"]
    assert shown.spec["module"]["origin"] == "shown"
    assert any("checked picture is shown" in note.text for note in shown.notes)
    assert tools_of(changed)[0] == "modify_module"
    assert changed.spec["module"]["parameters"]["opacity"] == 0.5
    assert changed.spec["module"]["parameters"]["isovalue"] == 500.0
    code, before = changed.spec["module"]["code"], again.spec["module"]["code"]
    different = [a for a, b in zip(code.splitlines(), before.splitlines(), strict=True) if a != b]
    assert len(different) == 1 and different[0].startswith("PARAMETERS")
    compile(changed.code, "chart.py", "exec")


def test_a_stored_module_is_checked_on_new_data_before_it_is_shown(volume_cache, memory):
    other = "phantom:head?seed=3&size=32"
    with MultiVis(cache_dir=volume_cache, modules=memory) as agent:
        agent.ask(QUESTION, HEAD)
        result = agent.ask(QUESTION, other)
    assert "run_module" in tools_of(result)
    assert result.spec["module"]["origin"] == "stored"
    assert any(check.id == "surface-at-isovalue" for check in result.evaluation.checks)
    (key,) = memory
    data = open_volume_data(other)
    assert memory.answer(key, data.volume.fingerprint(), {}) is None
    assert memory.get(key).signature.fits(signature_of(data.volume.facts()))


def scripted(*calls: tuple[str, dict[str, Any]]) -> ScriptedChatModel:
    return ScriptedChatModel(
        [
            {"name": name, "args": arguments, "id": f"call_{i}", "type": "tool_call"}
            for i, (name, arguments) in enumerate(calls)
        ]
    )


def test_a_module_with_a_wrong_name_is_repaired_under_the_rules(volume_cache, memory):
    bad = GOOD.replace("SetStandardDeviation(", "SetDeviation(")
    task = "smoothed skull by a Gaussian filter"
    model = scripted(
        ("write_module", {"task": task, "code": bad}),
        ("write_module", {"task": task, "code": GOOD}),
    )
    with MultiVis(HEAD, cache_dir=volume_cache, modules=memory, model=model) as agent:
        result = agent.ask("The skull after a Gaussian filter")
    assert result.passed
    assert result.failures[0].kind is FailureKind.MISSING_FIELD
    assert "SetStandardDeviation" in result.failures[0].message
    assert result.failures[0].detail["source_line"].strip().startswith("smooth.SetDeviation")
    assert any(event.event == "rule" and event.rule == "EH-2" for event in result.trace)
    assert len(memory) == 1


WRAPPED = "Here is the module:\n\n```python\n" + GOOD.replace("import vtk\n", "") + "```\n"


def written(code: str, cache: Any, memory: ModuleMemory, rules: RuleBook | None = None) -> Any:
    """The result of a model that writes this module, and gives up when it fails."""
    write = {"task": "smoothed skull by a Gaussian filter", "code": code}
    model = scripted(("write_module", write), ("cannot_answer", {"reason": "It fails."}))
    with MultiVis(HEAD, cache_dir=cache, modules=memory, model=model, rules=rules) as agent:
        return agent.ask("The skull after a Gaussian filter")


def test_a_module_that_lacks_imports_or_stands_in_prose_runs_under_te_2(volume_cache, memory):
    result = written(WRAPPED, volume_cache, memory)
    assert result.passed
    fired = [event for event in result.trace if event.event == "rule" and event.rule == "TE-2"]
    assert [event.outcome for event in fired] == ["standardised", "environment"]
    assert "vtk" in fired[1].why
    (key,) = memory
    assert memory.get(key).code.startswith('"""The smoothed skull."""')
    compile(result.code, "chart.py", "exec")
    assert result.code.startswith("import numpy as np\nimport vtk\n")


def test_te_2_stays_silent_for_a_module_that_is_complete(volume_cache, memory):
    result = written(GOOD, volume_cache, memory)
    assert result.passed
    assert not [e for e in result.trace if e.event == "rule" and e.rule == "TE-2"]


def test_without_te_2_the_module_runs_as_it_was_written(volume_cache, memory):
    rules = RuleBook().without("TE-2")
    assert written(GOOD, volume_cache, memory, rules).passed
    bare = written(GOOD.replace("import vtk\n", ""), volume_cache, memory, rules)
    assert not bare.passed
    assert any("vtk" in f.message and "not defined" in f.message for f in bare.failures)
    wrapped = written(WRAPPED, volume_cache, memory, rules)
    assert wrapped.failures[0].kind is FailureKind.SYNTAX


def test_names_are_looked_up_in_a_module_that_counts_on_the_standard_imports():
    code = GOOD.replace("import vtk\n", "").replace("vtkFlyingEdges3D", "vtkFlyingEdge3D")
    assert check_names(code) is None
    failure = check_names(code, "import numpy as np\nimport vtk\n")
    assert failure is not None and "vtkFlyingEdges3D" in failure.message


def test_bounds_of_a_stored_module_hold_for_every_model(volume_cache, memory):
    bounds = [{"name": "standard_deviation", "minimum": 0.5, "maximum": 2.0}]
    task = "smoothed skull by a Gaussian filter"
    write = {"task": task, "code": GOOD, "bounds": bounds}
    with MultiVis(HEAD, cache_dir=volume_cache, modules=memory,
                  model=scripted(("write_module", write))) as agent:  # fmt: skip
        agent.ask("The skull after a Gaussian filter")
    (key,) = memory
    run = {"key": key, "parameters": {"standard_deviation": 50.0}}
    with MultiVis(HEAD, cache_dir=volume_cache, modules=memory,
                  model=scripted(("run_module", run))) as agent:  # fmt: skip
        result = agent.ask("The skull after a stronger Gaussian filter")
    assert result.spec["module"]["parameters"]["standard_deviation"] == 2.0
    assert any(event.event == "rule" and event.rule == "TE-1" for event in result.trace)


def test_a_drawing_with_a_module_survives_as_json(volume_cache, memory, tmp_path):
    with MultiVis(HEAD, cache_dir=volume_cache, modules=memory) as agent:
        files = agent.ask(QUESTION).save(tmp_path)
        assert {"code", "spec", "png", "result"} <= set(files)
        told = json.loads(files["spec"].read_text())
        assert told["module"]["code"].startswith('"""')
        again = agent.refine(tmp_path, "make it opaque and dark red")
    assert again.passed
    assert again.spec["module"]["parameters"]["color"] == "#8b1a1a"
