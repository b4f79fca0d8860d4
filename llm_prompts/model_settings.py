"""Which language model is asked, and with which key: from the environment or a secret file, nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from .errors import AuthorNotConfigured

KEY_VARIABLE = "OPENAI_API_KEY"
KEY_FILE_VARIABLE = "OPENAI_API_KEY_FILE"
ADDRESS_VARIABLE = "OPENAI_BASE_URL"
MODEL_VARIABLE = "MMFLYWHEEL_MODEL"
PLANNER_VARIABLE = "MMFLYWHEEL_PLANNER_MODEL"
PRICES_VARIABLE = "MMFLYWHEEL_PRICES"
# Numbers that depend on the server and the model, not on what is asked.
CONCURRENCY_VARIABLE = "MMFLYWHEEL_MODEL_CONCURRENCY"
NUMBER_VARIABLES = {
    CONCURRENCY_VARIABLE: "concurrency",
    "MMFLYWHEEL_MODEL_TIMEOUT_S": "timeout_s",
    "MMFLYWHEEL_MODEL_ANSWER_TOKENS": "max_answer_tokens",
}
OPENAI_HOST = "api.openai.com"
MAX_KEY_FILE_BYTES = 4096


class ModelSettings(BaseModel):
    """An OpenAI-compatible endpoint. The key is a secret: it is in no repr, no dump and no message."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_key: SecretStr = Field(exclude=True)
    model: str = Field(min_length=1)
    planner_model: str | None = Field(default=None, min_length=1, description="None: the same as `model`")
    base_url: str | None = None
    timeout_s: float = Field(default=60.0, gt=0, description="from sending to the whole answer")
    concurrency: int = Field(default=16, ge=1, le=256, description="calls under way at most")
    max_answer_tokens: int = Field(default=6000, ge=16, description="sent with every call")
    max_body_bytes: int = Field(
        default=1 << 20, ge=1024, description="longer answers are not read to the end"
    )
    transport_retries: int = Field(default=2, ge=0, le=10, description="after 5xx and broken connections")
    rate_limit_retries: int = Field(default=8, ge=0, le=50, description="after 429")
    first_pause_s: float = Field(default=0.5, gt=0, description="back-off of the first retry; doubles")
    longest_pause_s: float = Field(default=8.0, gt=0)
    longest_retry_after_s: float = Field(default=120.0, gt=0, description="Retry-After is honoured up to it")
    repair_rounds: int = Field(default=2, ge=0, le=5)
    failures_before_stop: int = Field(default=3, ge=1, description="calls lost in a row to a failing server")

    @field_validator("base_url")
    @classmethod
    def _is_plain_address(cls, address: str | None) -> str | None:
        problem = address_problem(address) if address is not None else ""
        if problem:
            raise ValueError(problem)
        return address

    @property
    def planner(self) -> str:
        """The model that plans (scenarios from free text)."""
        return self.planner_model or self.model

    @property
    def host(self) -> str:
        """Host that is asked, without credentials or path."""
        return OPENAI_HOST if self.base_url is None else urlsplit(self.base_url).hostname or ""


def address_problem(address: str) -> str:
    """Why an address cannot be used, without repeating it: it may hold a secret. Empty: it can."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address: brackets or port are malformed"
    if parts.scheme not in ("http", "https"):
        return "must begin with http:// or https://"
    if not host:
        return "names no host"
    if parts.username is not None or parts.password is not None:
        return f"must hold no user name or password: give the key by {KEY_VARIABLE} or {KEY_FILE_VARIABLE}"
    if parts.query or parts.fragment:
        return "must end with its path: a part after ? or # may hold a secret and is not sent"
    return ""


def load_model_settings(environment: Mapping[str, str]) -> ModelSettings:
    """Read the settings from environment variables; the key may lie in a file that one of them names.

    Raises:
        AuthorNotConfigured: the key or the model is missing, or a value is of no use. No message holds the key.
    """
    model = environment.get(MODEL_VARIABLE, "").strip()
    key, key_problem = _key(environment)
    missing = [
        name for name, value in ((KEY_VARIABLE, key or key_problem), (MODEL_VARIABLE, model)) if not value
    ]
    if missing:
        raise AuthorNotConfigured(
            f"the model author needs {' and '.join(missing)} in the environment ({KEY_VARIABLE}: key of an "
            f"OpenAI-compatible server, any word for servers that ask for none, or {KEY_FILE_VARIABLE}: a file "
            f"that holds it; {MODEL_VARIABLE}: name of the model; {PLANNER_VARIABLE}: optional other model "
            f"that plans; {ADDRESS_VARIABLE}: optional address); or use the author `grammar`, which needs none"
        )
    if key_problem:
        raise AuthorNotConfigured(key_problem)
    address = environment.get(ADDRESS_VARIABLE, "").strip() or None
    problem = address_problem(address) if address is not None else ""
    if problem:
        raise AuthorNotConfigured(f"{ADDRESS_VARIABLE} {problem}")
    values: dict[str, object] = {
        "api_key": SecretStr(key),
        "model": model,
        "planner_model": environment.get(PLANNER_VARIABLE, "").strip() or None,
        "base_url": address,
        **{
            field: environment[name].strip()
            for name, field in NUMBER_VARIABLES.items()
            if environment.get(name, "").strip()
        },
    }
    try:
        return ModelSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        said = f"{_variable_of(str(first['loc'][0]))}: {first['msg']}"
    raise AuthorNotConfigured(said)


def _variable_of(field: str) -> str:
    return next((name for name, known in NUMBER_VARIABLES.items() if known == field), field)


def _key(environment: Mapping[str, str]) -> tuple[str, str]:
    """The key, or why there is none; both empty where nothing names one."""
    key = environment.get(KEY_VARIABLE, "").strip()
    named = environment.get(KEY_FILE_VARIABLE, "").strip()
    if key or not named:
        return key, ""
    said = f"{KEY_FILE_VARIABLE} names {named!r}, which"
    try:
        with open(Path(named), "rb") as file:
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        return "", f"{said} cannot be read: {error.strerror}"
    try:
        key = content.decode("ascii").strip()
    except UnicodeDecodeError:
        return "", f"{said} is no plain text: it should hold the key and nothing else"
    if not key or len(content) > MAX_KEY_FILE_BYTES or len(key.split()) != 1:
        return "", f"{said} should hold the key on one line and nothing else"
    return key, ""
