"""What a model's tokens cost: a small dated table, and the user's own file before it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import AuthorNotConfigured

BUILTIN_PRICES = Path(__file__).with_name("data") / "prices.json"
_SNAPSHOT = re.compile(r"-20\d\d-\d\d-\d\d$")


class Price(BaseModel):
    """Price of a model, USD per million tokens; `host` None: wherever it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    host: str | None = None
    source: str = ""

    def cost_usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What that many tokens cost, without any discount, USD."""
        return (prompt_tokens * self.input + completion_tokens * self.output) / 1e6


class _PriceFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    models: dict[str, Price]
    note: str = ""
    read: str = ""
    sources: dict[str, str] = {}


@dataclass(frozen=True)
class PriceTable:
    """Prices by the name of the model."""

    prices: Mapping[str, Price]

    def price_of(self, model: str, host: str) -> Price | None:
        """The price of a model at a host; None: unknown, which is not the same as free.

        A dated snapshot ("name-2026-03-05") costs what its model costs, unless it is listed itself.
        """
        for name in (model, _SNAPSHOT.sub("", model)):
            price = self.prices.get(name)
            if price is not None and price.host in (None, host):
                return price
        return None


def load_prices(path: Path | None = None) -> PriceTable:
    """Read the built-in table and, before it, the user's file of the same form.

    The smallest file is `{"models": {"my-model": {"input": 0.1, "output": 0.4}}}`.

    Raises:
        AuthorNotConfigured: the file cannot be read or is of another form.
    """
    builtin = _read(BUILTIN_PRICES)
    own = _read(path) if path is not None else {}
    return PriceTable({**builtin, **own})


def _read(path: Path) -> dict[str, Price]:
    try:
        return dict(_PriceFile.model_validate(json.loads(path.read_text(encoding="utf-8"))).models)
    except OSError as error:
        said = str(error.strerror)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except ValueError as error:
        said = str(error)
    raise AuthorNotConfigured(
        f"the price file {path} cannot be used: {said}; it should look like "
        '{"models": {"my-model": {"input": 0.1, "output": 0.4}}}, USD per million tokens'
    )
