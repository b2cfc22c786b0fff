"""Small hand-made articles and claims for the tests of the store's rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg.catalogue import load_catalogue
from kg.deriving import Setting
from kg.linking import new_entity
from kg.model import Argument, Article, Claim, Entity, Qualifiers, Quote, Status
from kg.ontology import load_ontology
from kg.rdf import StoredArticle, article_quads, entity_quads
from kg.rules import infer, load_rules
from kg.store import Store
from kg.views import strongest_claims, write_views
from kg.vocabulary import ENTITY, GRAPHS, article_node


def entity(name: str, *types: str, known: bool = True) -> Entity:
    if not known:
        return new_entity(name, types)
    return Entity(ENTITY + name, name, types or ("Organization",), known=True)


def article(name: str, *sentences: str, **fields: str) -> Article:
    return Article(name, "en", f"Title of {name}", " ".join(sentences), **fields)


def said(
    text: Article,
    sentence: str,
    status: Status = Status.CONFIRMED,
    types: dict[str, tuple[str, ...]] | None = None,
    confidence: float = 1.0,
    known: bool = True,
    **qualifiers: float | str,
) -> Claim:
    """A claim from a sentence such as ``Amazon investorOf OpenAI.``, which the article holds."""
    start = text.text.index(sentence)
    subject, relation, other = sentence.rstrip(".").split(" ")

    def quote(word: str) -> Quote:
        place = start + sentence.index(word)
        return Quote(place, place + len(word), word)

    kinds = types or {}
    return Claim(
        article=text.id,
        subject=Argument(entity(subject, *kinds.get(subject, ()), known=known), quote(subject)),
        relation=relation,
        object=Argument(entity(other, *kinds.get(other, ()), known=known), quote(other)),
        status=status,
        evidence=Quote(start, start + len(sentence), sentence),
        trigger=quote(relation),
        qualifiers=Qualifiers(**qualifiers),  # type: ignore[arg-type]
        date=text.date,
        confidence=confidence,
    )


def fill(store: Store, *contents: tuple[Article, Iterable[Claim]]) -> None:
    """Store articles with claims, and all views, without a build."""
    ontology, entities = load_ontology(), {}
    for text, claims in contents:
        claims = list(claims)
        graph = article_node(text.hash)
        store.replace({graph: list(article_quads(StoredArticle.of(text, "run"), claims))})
        for claim in claims:
            for argument in (claim.subject, claim.object):
                entities[argument.entity.iri] = argument.entity
    store.rewrite(GRAPHS.ENTITIES, [q for e in entities.values() for q in entity_quads(e)])
    asserted = strongest_claims(store.claims(), ontology)
    write_views(store, ontology, asserted, infer(store, load_rules(), asserted, ontology))


def setting() -> Setting:
    ontology = load_ontology()
    return Setting(ontology, load_catalogue(ontology=ontology), load_rules())


class Reader:
    """An extractor that reads sentences such as ``Amazon investorOf OpenAI.`` and nothing else."""

    name = "sentences"

    def __init__(self, version: str = "1", known: bool = True) -> None:
        self.version, self.known = version, known

    def __call__(self, articles: Iterable[Article]) -> Iterator[tuple[Article, tuple[Claim, ...]]]:
        relations = load_ontology().relations
        for text in articles:
            sentences = [f"{sentence}." for sentence in text.text.split(".") if sentence.strip()]
            triples = (s.strip() for s in sentences if len(s.split()) == 3)
            yield (
                text,
                tuple(
                    said(text, t, known=self.known) for t in triples if t.split()[1] in relations
                ),
            )
