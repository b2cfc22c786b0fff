"""What the pages share: drawn edges, data inside HTML, the content security policy, files.

Text from articles is hostile. It enters a page at two places only: as JSON in a data block, where
``<``, ``>``, ``&`` and the line separators are escaped, and as the heading, escaped for HTML.
Nothing else runs than scripts whose hash the page's own policy names
(https://www.w3.org/TR/CSP3/), and nothing is loaded from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx

from kg.errors import InputError, KgError
from kg.exports.layout import positions
from kg.model import Status
from kg.ontology import Ontology, OntologyClass

__all__ = [
    "Drawing",
    "best_class",
    "clean",
    "drawing",
    "json_for_html",
    "policy",
    "template",
    "texts",
    "vis_network",
    "write_atomic",
]

Drawing: TypeAlias = dict[str, Any]

_CLAIM_TEXTS = (
    "quote",
    "trigger",
    "article",
    "title",
    "date",
    "source",
    "url",
    "currency",
    "attribution",
    "rule",
)
_CLAIM_NUMBERS = ("amount", "percent", "confidence")
_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def drawing(graph: nx.MultiDiGraph, ontology: Ontology) -> Drawing:
    """Everything that a page draws, as plain JSON values in a fixed order.

    Parameters
    ----------
    graph
        Nodes are entity IRIs (``name``, ``types``, ``known``), edge keys claim identifiers
        (``relation``, ``status``, ``quote`` …), as :mod:`kg.graph` makes them.
    ontology
        Where labels, colours, shapes and line styles come from.

    Returns
    -------
    dict
        ``nodes`` (with ``x``, ``y`` in pixels), ``edges`` (``from``, ``to``: places in ``nodes``;
        ``claims``: the edge's parallel claims, the oldest first), ``classes``, ``relations`` and
        ``styles`` of the ontology as far as they occur.
    """
    where = positions(graph)
    index = {iri: i for i, iri in enumerate(where)}
    nodes = [_node(iri, graph.nodes[iri], where[iri], ontology) for iri in where]
    edges = _edges(graph, index, ontology)
    _date_inferences([claim for edge in edges for claim in edge["claims"]])
    return {
        "nodes": nodes,
        "edges": edges,
        "classes": _classes(
            ontology, {t for node in nodes for t in (node["class"], *node["types"])}
        ),
        "relations": _relations(ontology, {edge["relation"] for edge in edges}),
        "styles": {str(status): ontology.styles.get(status, "solid") for status in Status},
    }


def best_class(types: Iterable[str], ontology: Ontology) -> OntologyClass:
    """The class that gives an entity its colour and shape: the most specific, then by name."""
    known = [ontology.classes[name] for name in sorted(types) if name in ontology.classes]
    roots = [cls for cls in ontology.classes.values() if not cls.parents]
    return max(known or roots, key=lambda cls: len(ontology.ancestors(cls.name)))


def _text(value: object) -> str:
    """A quote, a status or any other value as plain text; nothing for None."""
    return "" if value is None else str(getattr(value, "text", value))


def _node(
    iri: str, data: Mapping[str, Any], where: tuple[float, float], ontology: Ontology
) -> dict[str, Any]:
    types = [str(name) for name in data.get("types", ())]
    return {
        "iri": str(iri),
        "name": _text(data.get("name")) or str(iri),
        "types": types,
        "class": best_class(types, ontology).name,
        "known": bool(data.get("known", False)),
        "x": where[0],
        "y": where[1],
    }


def _edges(
    graph: nx.MultiDiGraph, index: Mapping[str, int], ontology: Ontology
) -> list[dict[str, Any]]:
    """One edge for all claims of a relation between a pair, whichever way round if symmetric."""
    groups: dict[tuple[int, int, str], list[dict[str, Any]]] = {}
    for source, target, key, data in graph.edges(keys=True, data=True):
        relation = str(data.get("relation", ""))
        pair = (index[source], index[target])
        known = ontology.properties.get(relation)
        if known is not None and known.symmetric:
            pair = (min(pair), max(pair))
        groups.setdefault((*pair, relation), []).append(_claim(str(key), data))
    return [
        {
            "from": group[0],
            "to": group[1],
            "relation": group[2],
            "claims": sorted(claims, key=lambda claim: (claim.get("date", ""), claim["id"])),
        }
        for group, claims in sorted(groups.items())
    ]


def _claim(key: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of a claim; values that are missing are left out."""
    claim: dict[str, Any] = {"id": key, "status": str(data.get("status", Status.CONFIRMED))}
    texts = {name: _text(data.get(name)) for name in _CLAIM_TEXTS}
    texts["quote"] = texts["quote"] or _text(data.get("evidence"))
    numbers = {name: data.get(name) for name in _CLAIM_NUMBERS}
    claim |= {name: text for name, text in texts.items() if text}
    finite = {name: float(value) for name, value in numbers.items() if value is not None}
    claim |= {name: value for name, value in finite.items() if math.isfinite(value)}
    at = data.get("trigger_at")
    if isinstance(at, int) and at >= 0:  # JavaScript counts UTF-16 code units
        claim["at"] = len(claim.get("quote", "")[:at].encode("utf-16-le", "surrogatepass")) // 2
    if data.get("inferred", False):
        claim |= {"inferred": True, "premises": [str(p) for p in data.get("premises") or ()]}
    return claim


def _date_inferences(claims: list[dict[str, Any]]) -> None:
    """Give each claim ``since``: its day, or for an inferred one that of its latest premise."""
    by_id = {claim["id"]: claim for claim in claims}

    def since(claim: dict[str, Any], above: frozenset[str]) -> str:
        if "since" not in claim:
            premises = [
                by_id[i] for i in claim.get("premises", ()) if i in by_id and i not in above
            ]
            days = [since(premise, above | {premise["id"]}) for premise in premises]
            claim["since"] = claim.get("date", "") or max(days, default="")
        return str(claim["since"])

    for claim in claims:
        since(claim, frozenset({claim["id"]}))


def _classes(ontology: Ontology, names: set[str]) -> dict[str, Any]:
    used = {name: ontology.classes[name] for name in sorted(names) if name in ontology.classes}
    return {
        name: {
            "labels": {lang: words[0] for lang, words in sorted(cls.words.items())},
            "color": cls.color,
            "shape": cls.shape,
        }
        for name, cls in used.items()
    }


def _relations(ontology: Ontology, names: set[str]) -> dict[str, Any]:
    used = {name: ontology.properties[name] for name in sorted(names & set(ontology.properties))}
    return {
        name: {
            "labels": dict(sorted(relation.labels.items())),
            "color": relation.color,
            "symmetric": relation.symmetric,
        }
        for name, relation in used.items()
    }


def json_for_html(value: object) -> str:
    """JSON that may stand inside a script element, whatever its strings hold.

    Follows the WHATWG's "Restrictions for contents of script elements".
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return clean(text)


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """A Content-Security-Policy that lets these inline scripts and styles run, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src " + " ".join(map(_hash, scripts)),
            "style-src " + " ".join(map(_hash, styles)),
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def template(name: str) -> str:
    """A file of ours that goes into a page."""
    return (Path(__file__).parent / "templates" / name).read_text("utf8")


def clean(text: str) -> str:
    """*text* without what UTF-8 cannot hold (lone surrogates), for a template that escapes it."""
    return text.encode("utf8", "replace").decode()


def vis_network() -> str:
    """The script of vis-network (Apache-2.0 or MIT) that the installed pyvis carries.

    Raises
    ------
    KgError
        Where pyvis is missing or carries none.
    """
    spec = find_spec("pyvis")
    roots = list(spec.submodule_search_locations or ()) if spec else []
    found = [p for root in roots for p in Path(root, "lib").glob("vis-*/vis-network.min.js")]
    if not found:
        raise KgError("pyvis: no vis-network script in it; pip install 'pyvis>=0.3.2'")
    script = max(found, key=_version).read_text("utf8").replace("\r\n", "\n")
    script = script.split("\n//# sourceMappingURL=")[0]  # else developer tools would ask for a file
    if "</script" in script.lower() or "<!--" in script:
        raise KgError(f"{max(found, key=_version)}: cannot stand inside a page")
    return script


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parent.name.removeprefix("vis-").split("."))


def write_atomic(path: Path, text: str) -> None:
    """Write *text* whole or not at all.

    Raises
    ------
    InputError
        Where the folder does not exist or may not be written to.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf8"))
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; choose a folder to write to") from error


def texts(lang: str) -> dict[str, str]:
    """The words of the pages themselves; English where *lang* is none of theirs."""
    every: dict[str, dict[str, str]] = json.loads(template("texts.json"))
    return every.get(lang, every["en"])
