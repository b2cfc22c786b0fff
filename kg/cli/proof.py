"""Claims in words: who, what, whom, its figures, the quote and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby

from kg.api import Graph
from kg.cli.output import clean, emphasised, money, paragraph
from kg.model import Claim, InferredClaim
from kg.rdf import StoredArticle
from kg.turtle import local_name

__all__ = ["Writer"]

_STEP = "  "


class Writer:
    """Writes claims of one graph as indented lines."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def _articles(self) -> dict[str, StoredArticle]:
        return {article.id: article for article in self.graph.articles()}

    def name(self, iri: str) -> str:
        """The entity's name; the last part of the IRI where the graph does not hold it."""
        entity = self.graph.entities().get(iri)
        return clean(entity.name if entity else local_name(iri))

    def ends(self, claim: Claim | InferredClaim) -> tuple[str, str]:
        """IRIs of subject and object."""
        if isinstance(claim, InferredClaim):
            return claim.subject, claim.object
        return claim.subject.entity.iri, claim.object.entity.iri

    def sentence(self, claim: Claim | InferredClaim) -> str:
        """``Amazon invests in OpenAI``."""
        subject, other = map(self.name, self.ends(claim))
        relation = self.graph.ontology.properties.get(claim.relation)
        label = relation.labels.get("en", relation.name) if relation else claim.relation
        return f"{subject} {label} {other}"

    def headline(self, claim: Claim | InferredClaim, indent: str = "") -> str:
        """The sentence with status, figures and who is cited."""
        sentence = self.sentence(claim)
        parts = [sentence, claim.status.value]
        if isinstance(claim, InferredClaim):
            parts.append(f"inferred ({claim.rule}) [{claim.id}]")
        else:
            q = claim.qualifiers
            parts += [money(q.amount, q.currency, q.percent), q.attribution or ""]
        return emphasised(" · ".join(part for part in parts if part), sentence, indent)

    def source(self, claim: Claim) -> str:
        """Date, outlet and title of the article, and the claim's identifier."""
        article = self._articles.get(claim.article)
        parts = (article.date, article.source, article.title) if article else ()
        where = " · ".join(part for part in parts if part)
        return f"{where or claim.article} [{claim.id}]"

    def claim(self, claim: Claim | InferredClaim, indent: str = "") -> Iterator[str]:
        """Lines of *claim*: its quote and article, or what it was inferred from."""
        yield self.headline(claim, indent)
        inner = indent + _STEP
        if isinstance(claim, InferredClaim):
            for premise in claim.premises:
                yield from self.claim(self.graph.claim(premise), inner)
            return
        yield paragraph(f"“{claim.evidence.text}”", inner)
        yield paragraph(self.source(claim), inner)

    def steps(self, identifiers: Iterable[str], indent: str = "") -> Iterator[str]:
        """The claims of an answer's row: of those that say the same the best, and how many more."""
        claims = [self.graph.claim(identifier) for identifier in identifiers]
        for _, group in groupby(claims, key=self._triple):
            best, *others = group
            yield from self.claim(best, indent)
            if others:
                more = "claim says" if len(others) == 1 else "claims say"
                names = " ".join(f'"{self.name(iri)}"' for iri in self.ends(best))
                line = f"({len(others)} more {more} so: kg show {names})"
                yield paragraph(line, indent + _STEP)

    def _triple(self, claim: Claim | InferredClaim) -> tuple[str, ...]:
        subject, other = self.ends(claim)
        relation = self.graph.ontology.properties.get(claim.relation)
        ends = sorted((subject, other)) if relation and relation.symmetric else (subject, other)
        return (claim.relation, *ends)
