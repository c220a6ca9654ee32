"""The structure the design promises: imports and foreign keys point down, functions are short, files are small."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field, Model
from running import ROOT

CODE = sorted(path for path in (ROOT / "candour").rglob("*.py") if "migrations" not in path.parts)
LONGEST_FILE, LONGEST_FUNCTION, NINE_IN_TEN, HALF = 500, 60, 30, 10


def test_imports_point_down_and_the_pure_cores_know_no_django() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def layers() -> dict[str, int]:
    """Height of each package, lowest 0, from the contract that import-linter holds."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(): height for height, row in enumerate(reversed(rows)) for name in row.split("|")}


def relations() -> Iterator[tuple[type[Model], Field]]:
    for model in apps.get_models():
        if model.__module__.startswith("candour."):
            yield from ((model, field) for field in model._meta.get_fields() if field.is_relation and field.concrete)


def package(model: type[Model]) -> str:
    return model.__module__.split(".")[1] if model.__module__.startswith("candour.") else "core"


def test_foreign_keys_point_down() -> None:
    height = layers()
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model, field in relations()
        if package(model) != package(field.related_model) and height[package(model)] <= height[package(field.related_model)]
    ]
    assert wrong == []


def function_lengths() -> dict[str, int]:
    """Lines of every function, decorators and docstring included."""
    lengths = {}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    return lengths


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= NINE_IN_TEN
    assert statistics.median(lengths.values()) <= HALF


@pytest.mark.parametrize("folder", ["candour", "tests", "tools"])
def test_files_are_small(folder: str) -> None:
    long = {str(path): lines for path in (ROOT / folder).rglob("*.py") if (lines := len(path.read_text().splitlines())) > LONGEST_FILE}
    assert long == {}
