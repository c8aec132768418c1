"""Saying in words what a pydantic model allows in a place, from the model's own JSON schema."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from calldeck.config.toml_file import Location, alternatives
from calldeck.text import translate as _

Schema = Mapping[str, Any]


def schema_at(root: Schema, location: Location) -> Schema:
    """Walk from the root schema to the part that rules `location`; empty when it rules nothing."""
    schema = _resolved(root, root)
    for part in location:
        if isinstance(part, int):
            places = schema.get("prefixItems")
            schema = places[part] if places and part < len(places) else schema.get("items", {})
        else:
            schema = schema.get("properties", {}).get(part, {})
        schema = _resolved(root, schema)
    return schema


def holds_secret(root: Schema, schema: Schema) -> bool:
    """Tell whether this place is a secret, or has one anywhere in it."""
    schema = _resolved(root, schema)
    parts = [*schema.get("properties", {}).values(), *schema.get("prefixItems", [])]
    parts += [schema["items"]] if isinstance(schema.get("items"), Mapping) else []
    return bool(schema.get("writeOnly")) or any(holds_secret(root, part) for part in parts)


def secrets_in(root: Schema, data: Any, location: Location = ()) -> Iterator[Location]:
    """Give the places of all secrets in data that nobody has looked at yet."""
    if schema_at(root, location).get("writeOnly"):
        yield location
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from secrets_in(root, value, (*location, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from secrets_in(root, value, (*location, place))


def known_keys(schema: Schema) -> list[str]:
    """List the keys a table may hold, in the order they are documented."""
    return list(schema.get("properties", {}))


def allowed(schema: Schema) -> str:
    """Say what may stand in this place, for the end of a sentence."""
    if "const" in schema:
        return alternatives([schema["const"]])
    if "enum" in schema:
        return alternatives(schema["enum"])
    describe = _DESCRIBE.get(schema.get("type", ""))
    return describe(schema) if describe else _("something else")


def _resolved(root: Schema, schema: Schema) -> Schema:
    """Follow references, and look through `or null`, which TOML cannot write anyway."""
    while True:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            schema = root["$defs"][name]
        elif "anyOf" in schema:
            schema = next(part for part in schema["anyOf"] if part.get("type") != "null")
        elif "allOf" in schema:
            schema = schema["allOf"][0]
        elif "$ref" in schema.get("items", {}):
            schema = {**schema, "items": _resolved(root, schema["items"])}
        else:
            return schema


def _whole_number(schema: Schema) -> str:
    return _("a whole number") + _limits(schema)


def _number(schema: Schema) -> str:
    return _("a number") + _limits(schema)


def _limits(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return " " + _("from {low} to {high}").format(low=_plain(low), high=_plain(high))
    if low is not None:
        return " " + _("of at least {low}").format(low=_plain(low))
    if high is not None:
        return " " + _("of at most {high}").format(high=_plain(high))
    if "exclusiveMinimum" in schema:
        return " " + _("greater than {low}").format(low=_plain(schema["exclusiveMinimum"]))
    return ""


def _plain(number: float) -> str:
    return f"{number:g}" if number < 1e6 else str(int(number))


def _words(schema: Schema) -> str:
    longest = schema.get("maxLength")
    if longest is None:
        return _("text in quotes")
    least = schema.get("minLength")
    if least:
        return _("text in quotes, {least} to {longest} characters").format(
            least=least, longest=longest
        )
    return _("text in quotes, at most {longest} characters").format(longest=longest)


def _list(schema: Schema) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    places = schema.get("prefixItems")
    item = allowed(places[0] if places else schema.get("items", {}))
    if most is not None and not least:
        return _("a list of at most {count}, each {item}").format(count=most, item=item)
    if least is not None and least == most:
        return _("a list of {count}, each {item}").format(count=least, item=item)
    return _("a list, each {item}").format(item=item)


def _table(schema: Schema) -> str:
    return _("a table with {keys}").format(keys=", ".join(known_keys(schema)))


def _true_or_false(_schema: Schema) -> str:
    return _("true or false")


_DESCRIBE: dict[str, Callable[[Schema], str]] = {
    "integer": _whole_number,
    "number": _number,
    "string": _words,
    "array": _list,
    "object": _table,
    "boolean": _true_or_false,
}
