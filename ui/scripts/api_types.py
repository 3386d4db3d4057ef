"""Write ui/src/api/types.ts from the shapes in mlfoundry.server.answers.

``python ui/scripts/api_types.py`` writes the file; with ``--check`` it only says whether the file is current. Read are
the JSON schemas of the serialised form: those that the server's OpenAPI document carries.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from mlfoundry.server import answers

TARGET = Path(__file__).parents[1] / "src" / "api" / "types.ts"
HEAD = "// Written by ui/scripts/api_types.py from mlfoundry/server/answers.py; do not edit.\n"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def shapes() -> dict[str, type]:
    """Every answer and, before it, what it is made of, by name and in the order of the source."""
    found: dict[str, type] = {}

    def add(annotation: Any) -> None:
        for part in get_args(annotation):
            add(part)
        if not isinstance(annotation, type) or not dataclasses.is_dataclass(annotation) or annotation.__name__ in found:
            return
        for hint in get_type_hints(annotation).values():
            add(hint)
        found[annotation.__name__] = annotation

    for value in vars(answers).values():
        add(value)
    return found


def words() -> dict[str, tuple[str, ...]]:
    """The sets of words that have a name, such as DriftStatus, of the modules that the shapes come from."""
    modules = dict.fromkeys([answers.__name__, *(shape.__module__ for shape in shapes().values())])
    return {
        name: get_args(value)
        for module in modules
        for name, value in vars(sys.modules[module]).items()
        if get_origin(value) is Literal
    }


def typescript(schema: dict[str, Any]) -> str:
    """The TypeScript type of one JSON schema."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "enum" in schema:
        return " | ".join(f"'{value}'" for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(typescript(option) for option in schema["anyOf"]))
    if schema.get("type") == "array":
        item = typescript(schema["items"])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if schema.get("type") == "object":
        values: Any = schema["additionalProperties"]
        return f"Record<string, {'unknown' if values is True else typescript(values)}>"
    return PLAIN.get(str(schema.get("type")), "unknown")


def interface(name: str, schema: dict[str, Any]) -> str:
    fields = "".join(f"  {key}: {typescript(field)};\n" for key, field in schema["properties"].items())
    about = schema.get("description", "").split("\n\n")[0].replace("\n", " ").replace("``", "`")
    return (f"/** {about} */\n" if about else "") + f"export interface {name} {{\n{fields}}}\n"


def document() -> str:
    """The whole text of types.ts."""
    aliases = [f"export type {name} = {typescript({'enum': options})};\n" for name, options in sorted(words().items())]
    interfaces = [
        interface(name, TypeAdapter(shape).json_schema(mode="serialization", ref_template="{model}"))
        for name, shape in shapes().items()
    ]
    return "\n".join([HEAD, "".join(aliases), *interfaces])


def main() -> int:
    text = document()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("ui/src/api/types.ts is out of date: run python ui/scripts/api_types.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
