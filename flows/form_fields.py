"""Types of the forms' fields: flat, with the ranges that the UI checks; descriptions stand in each flow's docstring."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .settings import DATASET_NAME_PATTERN

DatasetName = Annotated[str, Field(pattern=DATASET_NAME_PATTERN)]
Seed = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Views = Annotated[int, Field(ge=0, le=8)]
Calls = Annotated[int, Field(ge=0, le=256)]
Limit = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
