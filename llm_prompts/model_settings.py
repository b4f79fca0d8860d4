"""Which language model is asked, and with which key: from the environment, never from a file of ours."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from .errors import AuthorNotConfigured

KEY_VARIABLE = "OPENAI_API_KEY"
ADDRESS_VARIABLE = "OPENAI_BASE_URL"
MODEL_VARIABLE = "MMFLYWHEEL_MODEL"


class ModelSettings(BaseModel):
    """An OpenAI-compatible endpoint. The key is a secret: it is in no repr, no dump and no message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: SecretStr = Field(exclude=True)
    model: str = Field(min_length=1)
    base_url: str | None = Field(default=None, pattern=r"^https?://")
    timeout_s: float = Field(default=60.0, gt=0)
    transport_retries: int = Field(default=2, ge=0, le=10)
    repair_rounds: int = Field(default=2, ge=0, le=5)
    failures_before_stop: int = Field(default=3, ge=1, description="briefs lost in a row to a failing server")


def load_model_settings(environment: Mapping[str, str]) -> ModelSettings:
    """Read the settings from environment variables.

    Raises:
        AuthorNotConfigured: the key or the model is missing, or the address is no http(s) address.
    """
    missing = [name for name in (KEY_VARIABLE, MODEL_VARIABLE) if not environment.get(name, "").strip()]
    if missing:
        raise AuthorNotConfigured(
            f"the model author needs {' and '.join(missing)} in the environment ({KEY_VARIABLE}: key of an "
            f"OpenAI-compatible server, any word for servers that ask for none; {MODEL_VARIABLE}: name of "
            f"the model; {ADDRESS_VARIABLE}: optional address); or use the author `grammar`, which needs none"
        )
    try:
        return ModelSettings(
            api_key=SecretStr(environment[KEY_VARIABLE].strip()),
            model=environment[MODEL_VARIABLE].strip(),
            base_url=environment.get(ADDRESS_VARIABLE, "").strip() or None,
        )
    except ValidationError as error:
        raise AuthorNotConfigured(
            f"{ADDRESS_VARIABLE} must begin with http:// or https://, "
            f"not {environment.get(ADDRESS_VARIABLE)!r}"
        ) from error
