"""Retention classes as data: how long each kind is kept, what happens then, on which ground; with a company's own periods on top."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class RetentionError(ValueError):
    """The retention classes can't be used; the message names the file and what to change."""


class RetentionClass(BaseModel):
    """One kind of data. `days` is how long it is kept, `floor` the shortest a company may choose, `reason` why ours differs."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    days: int = Field(gt=0)
    floor: int = Field(gt=0)
    disposal: Literal["clear", "forget", "keep"]
    counts_from: str
    sources: tuple[str, ...] = Field(min_length=1)
    reason: str = ""

    @property
    def years(self) -> int:
        """Whole years, or 0 for a period that is none."""
        return self.days // 365 if self.days % 365 == 0 else 0


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    days: int = Field(gt=0)
    reason: str = Field(min_length=3)


def load(overlay: Path | None = None) -> dict[str, RetentionClass]:
    """Every class by id, with the company's periods where `overlay` is there. Raises RetentionError."""
    shipped = tomllib.loads(files("candour.packs").joinpath("retention.toml").read_text(encoding="utf-8"))
    classes = {key: RetentionClass.model_validate(value) for key, value in shipped.items()}
    if overlay is None or not overlay.exists():
        return classes
    try:
        changes = {key: _Change.model_validate(value) for key, value in tomllib.loads(overlay.read_text(encoding="utf-8")).items()}
    except (ValueError, ValidationError) as fault:
        first = str(fault).splitlines()[0]
        raise RetentionError(f"{overlay} can't be read ({first}): write a table for each class with days and reason.") from fault
    for key, change in changes.items():
        classes[key] = _changed(classes, key, change, overlay)
    return classes


def _changed(classes: dict[str, RetentionClass], key: str, change: _Change, overlay: Path) -> RetentionClass:
    if key not in classes:
        raise RetentionError(f"{overlay} names a class {key} that does not exist: choose one of {', '.join(classes)}.")
    ours = classes[key]
    if change.days < ours.floor:
        raise RetentionError(f"{overlay} keeps {key} for {change.days} days, and the shortest allowed is {ours.floor}: write a longer one.")
    return ours.model_copy(update={"days": change.days, "reason": change.reason})
