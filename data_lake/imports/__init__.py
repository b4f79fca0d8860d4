"""Radar maps of other tools, read into rows of the lake."""

from __future__ import annotations
