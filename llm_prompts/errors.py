"""Errors of llm_prompts: one root, few children, each saying what was wrong and what to do."""

from __future__ import annotations


class AuthoringError(Exception):
    """Root of everything that llm_prompts raises on purpose."""


class InvalidScenario(AuthoringError, ValueError):
    """A scenario asks for something that does not exist or cannot be drawn."""


class BriefNotWritable(AuthoringError, ValueError):
    """No script that keeps all rules fits this brief."""


class AuthorNotConfigured(AuthoringError, ValueError):
    """The model author lacks a key, a model name, a usable address, or a price that a budget needs."""


class AuthorUnavailable(AuthoringError):
    """The server refuses the key or the request, or fails again and again: going on is pointless."""


class QuotaExhausted(AuthorUnavailable):
    """The account behind the key has no money or quota left."""


class BudgetReached(AuthoringError):
    """The next call could cost more than what is left; everything that was answered is kept."""


class InvalidFacts(AuthoringError, ValueError):
    """Measured facts lack what captions and questions are grounded in."""
