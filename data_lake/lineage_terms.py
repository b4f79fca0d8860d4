"""Conditions as a person types them, "activity=fall view=A range_m>3", on the columns of a table."""

from __future__ import annotations

import difflib
import re
import shlex
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from .errors import InvalidInput
from .table_spec import TableSpec, is_json

_TERM = re.compile(r"(?P<name>\w+)(?P<sign><=|>=|!=|=|<|>)(?P<value>.*)", re.DOTALL)
_SIGNS = ("=", "!=", "<", "<=", ">", ">=")


def parse_where(spec: TableSpec, text: str) -> pads.Expression:
    """Turn terms into a condition; all of them must hold.

    A term is COLUMN, one of = != < <= > >=, and VALUE, without spaces between; a value with spaces stands in
    quotes. VALUE `null` means that there is no value. On a list of texts, = means that it is among them.

    Raises:
        InvalidInput: no term, one of another form, a column that the table does not have or that cannot be
            compared, or a value of another type; the message names the columns.
    """
    try:
        terms = shlex.split(text)
    except ValueError as error:
        raise InvalidInput(
            f"--where {text!r}: {str(error).lower()}; a value with spaces stands in quotes"
        ) from error
    if not terms:
        raise InvalidInput(f"--where {text!r} has no term; {_form(spec)}")
    condition = _term(spec, terms[0])
    for term in terms[1:]:
        condition = condition & _term(spec, term)
    return condition


def comparable_columns(spec: TableSpec) -> list[str]:
    """Columns that a term may name: all but tensors, JSON and lists of records."""
    return [name for name in spec.shown if _is_plain(spec.schema.field(name))]


def _is_plain(column: pa.Field) -> bool:
    if is_json(column) or pa.types.is_binary(column.type):
        return False
    return not pa.types.is_list(column.type) or pa.types.is_string(column.type.value_type)


def _term(spec: TableSpec, term: str) -> pads.Expression:
    match = _TERM.fullmatch(term)
    if match is None:
        raise InvalidInput(f"--where: {term!r} is no term; {_form(spec)}")
    name, sign, value = match["name"], match["sign"], match["value"]
    known = comparable_columns(spec)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InvalidInput(
            f"--where: {spec.name} has no column {name!r} to compare with; {hint}{_form(spec)}"
        )
    kind, field = spec.schema.field(name).type, pc.field(name)
    if value == "null":
        return _is_null(field, sign, term)
    if pa.types.is_list(kind):
        return _is_among(field, sign, value, term)
    try:
        typed = _typed(kind, value)
    except ValueError as error:
        raise InvalidInput(f"--where: {term!r}: {name} holds {_words(kind)}, {value!r} is none") from error
    if sign not in ("=", "!=") and (pa.types.is_string(kind) or pa.types.is_boolean(kind)):
        raise InvalidInput(f"--where: {term!r}: {name} holds {_words(kind)}; compare it with = or !=")
    compared = {
        "=": field == typed, "!=": field != typed, "<": field < typed,
        "<=": field <= typed, ">": field > typed, ">=": field >= typed,
    }  # fmt: skip
    return compared[sign]


def _is_null(field: pads.Expression, sign: str, term: str) -> pads.Expression:
    if sign not in ("=", "!="):
        raise InvalidInput(f"--where: {term!r}: `null` is compared with = or !=")
    return field.is_null() if sign == "=" else field.is_valid()


def _is_among(field: pads.Expression, sign: str, value: str, term: str) -> pads.Expression:
    if sign not in ("=", "!="):
        raise InvalidInput(f"--where: {term!r}: a list of texts is compared with = (is among them) or !=")
    there = pc.match_substring_regex(pc.binary_join(field, "\n"), f"(?m)^{re.escape(value)}$")
    return there if sign == "=" else ~there


def _typed(kind: pa.DataType, value: str) -> pa.Scalar:
    if pa.types.is_boolean(kind):
        if value.lower() not in ("true", "false"):
            raise ValueError(value)
        return pa.scalar(value.lower() == "true")
    if pa.types.is_integer(kind):
        return pa.scalar(int(value), kind)
    if pa.types.is_floating(kind):
        return pa.scalar(float(value), kind)
    if pa.types.is_timestamp(kind):
        time = datetime.fromisoformat(value)
        return pa.scalar(time if time.tzinfo else time.replace(tzinfo=UTC), kind)
    return pa.scalar(value, pa.string())


def _words(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "true or false"
    if pa.types.is_integer(kind):
        return "whole numbers"
    if pa.types.is_floating(kind):
        return "numbers"
    return "times such as 2030-01-31" if pa.types.is_timestamp(kind) else "text"


def _form(spec: TableSpec) -> str:
    return (
        f"a term is COLUMN=VALUE, with one of {' '.join(_SIGNS)}, such as activity=fall or range_m>3; the columns "
        f"are {', '.join(comparable_columns(spec))}"
    )
