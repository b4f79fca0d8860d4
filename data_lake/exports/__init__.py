"""A dataset version in the formats of other tools; every export is a folder that appears whole or not at all."""

from __future__ import annotations
