"""Writes docs/ontology.md from ontology/tech.ttl: ``python docs/ontology_page.py``.

Everything on the page stands in the Turtle; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SKOS

ROOT = Path(__file__).parent.parent
SOURCE, PAGE = ROOT / "ontology" / "tech.ttl", ROOT / "docs" / "ontology.md"
KG = rdflib.Namespace("https://kg.example/ns#")
SCHEMA = rdflib.Namespace("https://schema.org/")
OTHERS = ("schema", "prov", "oa", "fibo-own", "fibo-ctl")
ALIGNED = (RDFS.subPropertyOf, RDFS.subClassOf, SKOS.closeMatch, SKOS.exactMatch, RDFS.range)
HEAD = """# The ontology

Made by `python docs/ontology_page.py` from `ontology/tech.ttl`; edit that file, not this page.
A class, a relation or a word that is added there is extracted, stored, asked about and drawn with
no Python (see CONTRIBUTING.md). The namespace is `https://kg.example/ns#`, prefix `kg:`.
"""
Node = rdflib.term.Node


class Page:
    """What stands in the ontology, as Markdown."""

    def __init__(self, graph: rdflib.Graph) -> None:
        self.graph = graph

    def text(self) -> str:
        """The whole page."""
        parts = (HEAD, self.relations(), self.classes(), self.claim_terms(), self.alignments())
        return "\n".join(part.strip() + "\n" for part in parts)

    # -- parts --------------------------------------------------------------------------------

    def relations(self) -> str:
        """Relations that are looked for in articles, each with all that is said of it."""
        found = self._named(self.graph.subjects(KG.extracted, rdflib.Literal(True)))
        return "## Relations\n\n" + "\n".join(self._relation(node) for node in found)

    def _relation(self, node: Node) -> str:
        inverse = self.graph.value(None, OWL.inverseOf, node)
        symmetric = (node, RDF.type, OWL.SymmetricProperty) in self.graph
        lines = [
            ("English", f"{self._label(node, 'en')} – {self._words(node, 'en')}"),
            ("Portuguese", f"{self._label(node, 'pt')} – {self._words(node, 'pt')}"),
            ("subject", self._ends(node, RDFS.domain)),
            ("object", self._ends(node, RDFS.range)),
            (
                "backwards",
                self._backwards(inverse) if inverse else ("the same" if symmetric else ""),
            ),
            (
                "figures",
                ", ".join(
                    f"`{self._name(n)}`"
                    for n in self._named(self.graph.objects(node, KG.qualifiedBy))
                ),
            ),
            ("aligned to", ", ".join(f"`{name}`" for name in self._aligned(node))),
        ]
        listed = "\n".join(f"- {what}: {text}" for what, text in lines if text)
        definition = self.graph.value(node, SKOS.definition)
        return f"### `{self._name(node)}`\n\n{definition}\n\n{listed}\n"

    def _backwards(self, inverse: Node) -> str:
        labels = f"{self._label(inverse, 'en')}, {self._label(inverse, 'pt')}"
        return f"`{self._name(inverse)}` ({labels})"

    def classes(self) -> str:
        """The tree of classes of what claims speak of."""
        head = "| class | English | Portuguese | aligned to |\n| --- | --- | --- | --- |\n"
        return f"## Classes\n\n{head}" + "\n".join(self._tree(KG.Entity, 0))

    def _tree(self, node: Node, depth: int) -> Iterator[str]:
        aligned = ", ".join(f"`{name}`" for name in self._aligned(node))
        cells = (
            f"{'· ' * depth}`{self._name(node)}`",
            self._label(node, "en"),
            self._label(node, "pt"),
            aligned,
        )
        yield f"| {' | '.join(cells)} |"
        for below in self._named(self.graph.subjects(RDFS.subClassOf, node)):
            yield from self._tree(below, depth + 1)

    def claim_terms(self) -> str:
        """What a claim is made of."""
        head = "| term | English | Portuguese | values |\n| --- | --- | --- | --- |\n"
        drawn = set(self.graph.subjects(KG.extracted)) | set(self.graph.subjects(OWL.inverseOf))
        properties = (
            node
            for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
            for node in self.graph.subjects(RDF.type, kind)
            if node not in drawn
        )
        rows = (
            f"| `{self._name(n)}` | {self._label(n, 'en')} | {self._label(n, 'pt')} | "
            f"{self._ends(n, RDFS.range)} |"
            for n in self._named(properties)
        )
        statuses = ", ".join(
            f"`{self._name(n)}` ({self._label(n, 'en')}, {self._label(n, 'pt')})"
            for n in self._named(self.graph.subjects(RDF.type, KG.Status))
        )
        return f"## Claims\n\nStatuses: {statuses}.\n\n{head}" + "\n".join(rows)

    def alignments(self) -> str:
        """Terms of others that ours are near to or below; none is imported."""
        head = "| term | is | of |\n| --- | --- | --- |\n"
        rows = sorted(
            f"| `{self._name(s)}` | {self._name(p)} | `{name}` |"
            for p in ALIGNED
            for s, o in self.graph.subject_objects(p)
            if (name := self._foreign(o)) and str(s).startswith(str(KG))
        )
        return f"## Alignments\n\n{head}" + "\n".join(rows)

    # -- terms --------------------------------------------------------------------------------

    def _named(self, nodes: Iterable[Node]) -> list[Node]:
        return sorted({node for node in nodes if str(node).startswith(str(KG))}, key=str)

    def _name(self, node: Node) -> str:
        return self.graph.namespace_manager.qname(str(node))

    def _foreign(self, node: Node) -> str:
        """*node* with its prefix if it is one of another vocabulary that we align to."""
        if not isinstance(node, rdflib.URIRef):
            return ""
        name = self.graph.namespace_manager.qname(str(node))
        return name if name.partition(":")[0] in OTHERS else ""

    def _aligned(self, node: Node) -> list[str]:
        ends = (end for predicate in ALIGNED for end in self.graph.objects(node, predicate))
        return sorted({name for end in ends if (name := self._foreign(end))})

    def _label(self, node: Node, lang: str) -> str:
        labels = self.graph.objects(node, RDFS.label)
        return next((str(label) for label in sorted(labels) if label.language == lang), "")

    def _words(self, node: Node, lang: str) -> str:
        ends = (*self.graph.objects(node, SKOS.altLabel), *self.graph.objects(node, KG.roleLabel))
        return ", ".join(sorted({str(end) for end in ends if end.language == lang}))

    def _ends(self, node: Node, predicate: Node) -> str:
        """Classes at one end of a property: those that schema.org's term lists, if it does."""
        side = "domain" if predicate == RDFS.domain else "range"
        listed = self._named(self.graph.objects(node, SCHEMA[f"{side}Includes"]))
        ends = listed or sorted(self.graph.objects(node, predicate))
        return " or ".join(f"`{self._name(end)}`" for end in ends)


def page() -> str:
    """The page as it should be."""
    return Page(rdflib.Graph().parse(SOURCE, format="turtle")).text()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf8")
