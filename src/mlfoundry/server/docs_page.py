"""The documentation page: plain HTML made from the OpenAPI document, without a script and without another host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_TITLES = {
    "ingest": "Send rows",
    "projects": "Projects",
    "runs": "Runs",
    "models": "Models and versions",
    "monitoring": "Read results",
    "system": "The server",
}
_CURL = """# one prediction; batch_id is a new UUID for each batch, and the same one when a batch is sent again
curl -s {base}/api/v1/predictions -H 'content-type: application/json' -d '{{
  "batch_id": "'$(cat /proc/sys/kernel/random/uuid)'",
  "model_version_fqn": "model:default/my-repo/my-model:1",
  "rows": [{{
    "data_id": "order-17",
    "features": {{"amount": 12.5, "country": "DE", "new_customer": false}},
    "prediction_data": {{
      "value": "fraud",
      "probabilities": {{"fraud": 0.8, "fine": 0.2}},
      "shap_values": {{"amount": 0.4, "country": -0.1, "new_customer": 0.0}}
    }},
    "occurred_at": "2026-01-31T13:45:00Z"
  }}]
}}'

# what turned out to be true, whenever it is known
curl -s {base}/api/v1/actuals -H 'content-type: application/json' -d '{{
  "batch_id": "'$(cat /proc/sys/kernel/random/uuid)'",
  "model_version_fqn": "model:default/my-repo/my-model:1",
  "rows": [{{"data_id": "order-17", "value": "fine"}}]
}}'

# a name to send rows to: an ml_repo, then a version of a model
curl -s {base}/api/v1/ml-repos -H 'content-type: application/json' -d '{{"name": "my-repo"}}'
curl -s {base}/api/v1/ml-repos/my-repo/model-versions -H 'content-type: application/json' -d '{{"name": "my-model"}}'"""
STYLESHEET = """:root{color-scheme:light dark;--bg:#f5f6f8;--surface:#fff;--line:#e4e7ec;--text:#101828;--soft:#5b6675;
--accent:#2563eb}@media(prefers-color-scheme:dark){:root{--bg:#0b0e13;--surface:#12161c;--line:#262d37;--text:#e6eaf0;
--soft:#98a3b3;--accent:#5b9bff}}*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);
font:14px/1.5 Inter,system-ui,sans-serif}main{max-width:960px;margin:0 auto;padding:32px 20px 64px}h1{font-size:20px}
h2{font-size:16px;margin:32px 0 8px}a{color:var(--accent)}code,pre{font:12px/1.6 ui-monospace,monospace}
pre{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:12px;overflow-x:auto}
details{background:var(--surface);border:1px solid var(--line);border-radius:6px;margin:4px 0}
summary{padding:8px 12px;cursor:pointer}summary b{display:inline-block;width:64px;color:var(--accent)}
summary span{color:var(--soft);margin-left:12px}details>div{padding:0 12px 12px;border-top:1px solid var(--line)}
table{border-collapse:collapse;width:100%;margin:8px 0}th,td{text-align:left;padding:4px 12px 4px 0;
border-bottom:1px solid var(--line);vertical-align:top}th,p.soft{color:var(--soft);font-weight:500}"""


def docs_page(document: Mapping[str, Any], base_url: str) -> str:
    """The page for an OpenAPI document.

    Parameters
    ----------
    document
        The OpenAPI document.
    base_url
        The server's address, for the examples.
    """
    groups: dict[str, list[str]] = {tag: [] for tag in _TITLES}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", ["system"])[0]
            groups.setdefault(tag, []).append(_operation(document, path, method.upper(), operation))
    sections = "".join(
        f'<section id="{escape(tag)}"><h2>{escape(_TITLES.get(tag, tag))}</h2>{"".join(items)}</section>'
        for tag, items in groups.items()
        if items
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>mlfoundry API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/docs.css"></head><body><main>'
        f"<h1>mlfoundry API</h1><p>{escape(document['info']['description'])}</p>"
        '<p><a href="/">Dashboard</a> · <a href="/openapi.json">OpenAPI document</a></p>'
        f"<h2>With curl</h2><pre>{escape(_CURL.format(base=base_url))}</pre>{sections}</main></body></html>"
    )


def _operation(document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    about = operation.get("description", operation.get("summary", ""))
    parts = [f"<p>{escape(about)}</p>", _parameters(operation)]
    for content_type, body in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(_schema(document, f"Body, <code>{escape(content_type)}</code>", body.get("schema", {})))
    for body in operation["responses"].get("200", {}).get("content", {}).values():
        parts.append(_schema(document, "Answer", body.get("schema", {})))
    summary = f"<b>{method}</b><code>{escape(path)}</code><span>{escape(about.splitlines()[0] if about else '')}</span>"
    return f"<details><summary>{summary}</summary><div>{''.join(parts)}</div></details>"


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = [
        (one["name"] + ("" if one.get("required") else "?"), _type(one["schema"]), one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    return _table("Parameters", rows) if rows else ""


def _schema(document: Mapping[str, Any], title: str, schema: Mapping[str, Any]) -> str:
    """A table of a schema's fields, those of the structures inside it below."""
    rows = list(_fields(document, schema, "", frozenset()))
    if not rows:
        return f'<p class="soft">{title}: <code>{escape(_type(schema))}</code></p>' if schema else f"<p>{title}</p>"
    return _table(title, rows)


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, above: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    for option in (schema, *schema.get("anyOf", ())):
        inner = option.get("items", option)
        suffix = "[]" if inner is not option else ""
        name = str(inner.get("$ref", "")).rpartition("/")[2]
        if not name or name in above:
            continue
        found = document["components"]["schemas"][name]
        for field, about in found.get("properties", {}).items():
            key = f"{prefix}{suffix}{'.' if prefix or suffix else ''}{field}"
            optional = "" if field in found.get("required", ()) else "?"
            yield key + optional, _type(about), about.get("description", "")
            yield from _fields(document, about, key, above | {name})


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(repr(option) for option in schema["enum"])
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))}[]"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"{{name: {_type(schema['additionalProperties'])}}}"
    return str(schema.get("format") or schema.get("type") or "any")


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td><code>{escape(kind)}</code></td><td>{escape(about)}</td></tr>"
        for name, kind, about in rows
    )
    return f"<table><tr><th>{title}</th><th></th><th></th></tr>{lines}</table>"
