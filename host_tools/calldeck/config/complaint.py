"""Turning pydantic's list of problems into sentences about a file a person wrote."""

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from calldeck.config.allowed import Schema, allowed, holds_secret, known_keys, schema_at
from calldeck.config.toml_file import Location, did_you_mean, line_of, shown
from calldeck.text import translate as _

MASK = "********"
"""Stands where a secret would."""

# Tables of earlier versions, and where their keys are now.
_MOVED = {"agent": "[[desks]]", "desk": "[[desks]]"}


def problems(
    error: ValidationError, model: type[BaseModel], text: str, prefix: Location = ()
) -> Iterator[str]:
    """Give one sentence for each problem, in the order of the file where the line is known.

    `prefix` is where the model's own data stands in the file: `("steps", 3)` for the fourth step.
    """
    schema = model.model_json_schema()
    found = []
    details = {tuple(detail["loc"]): detail for detail in error.errors(include_url=False)}
    for location, detail in details.items():
        if any(other[: len(location)] == location for other in details if other != location):
            continue  # A list is wrong because something in it is; that is said already.
        line = line_of(text, prefix + location)
        found.append((line or 0, _sentence(detail, schema, location, prefix)))
    for line, sentence in sorted(found, key=lambda entry: entry[0]):
        yield at_line(line or None, sentence)


def at_line(line: int | None, sentence: str) -> str:
    """Put the line in front of a sentence, where it is known."""
    return _("line {line}: {sentence}").format(line=line, sentence=sentence) if line else sentence


def _sentence(detail: ErrorDetails, schema: Schema, location: Location, prefix: Location) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown(schema, location, prefix)
    here = place(prefix + location)
    if kind == "missing":
        return _("{place} is missing; it must be {allowed}.").format(
            place=here, allowed=allowed(schema_at(schema, location))
        )
    value = shown(detail["input"])
    # Also a list or table in the wrong shape may have the secret in it that belongs further down.
    if holds_secret(schema, schema_at(schema, location)):
        value = MASK
    if kind == "value_error":
        because = str(detail["ctx"]["error"])
        if isinstance(detail["input"], dict):
            return f"{here}: {because}"
        return f"{here} = {value}: {because}"
    return _("{place} = {value} is not allowed; it must be {allowed}.").format(
        place=here, value=value, allowed=allowed(schema_at(schema, location))
    )


def _unknown(schema: Schema, location: Location, prefix: Location) -> str:
    table, key = location[:-1], str(location[-1])
    known = known_keys(schema_at(schema, table))
    if not prefix and not table:
        sentence = _("there is no table [{key}]. The tables are {known}.").format(
            key=key, known=", ".join(_header(schema, name) for name in known)
        )
        if key in _MOVED:
            return (
                sentence
                + " "
                + _("What stood there belongs into {table} now.").format(table=_MOVED[key])
            )
    else:
        sentence = _("{place} has no key {key}. The keys are {known}.").format(
            place=_table_place(prefix + table), key=key, known=", ".join(known)
        )
    return sentence + did_you_mean(key, known)


def _table_place(table: Location) -> str:
    """Name a table; one of several by its number."""
    *names, last = table
    if names and isinstance(last, int) and names[0] != "steps":
        return f"[[{'.'.join(map(str, names))}]] {last + 1}"
    return place(table)


def _header(schema: Schema, name: str) -> str:
    """Write a table's name the way its header does."""
    is_list = schema_at(schema, (name,)).get("type") == "array"
    return f"[[{name}]]" if is_list else f"[{name}]"


def place(location: Location) -> str:
    """Name a place the way the file writes it: `[lamps] lease_ms`, `step 4: press`."""
    words = list(location)
    if len(words) > 1 and words[0] == "steps" and isinstance(words[1], int):
        step = _("step {number}").format(number=words[1] + 1)
        return ": ".join([step, ".".join(map(str, words[2:]))]) if words[2:] else step
    entry = next((at for at, word in enumerate(words[:-1]) if isinstance(word, int)), None)
    if entry is not None:
        listed = ".".join(map(str, words[:entry]))
        return f"[[{listed}]] {int(words[entry]) + 1}: {'.'.join(map(str, words[entry + 1 :]))}"
    item = ""
    if words and isinstance(words[-1], int):
        item = " " + _("item {number}").format(number=words[-1] + 1)
        words.pop()
    if len(words) <= 1:
        return f"[{words[0]}]{item}" if words else _("the file")
    *table, key = words
    return f"[{'.'.join(map(str, table))}] {key}{item}"
