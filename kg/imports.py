"""Curated claims from files: annotated JSONL, CSV, and RDF as this program exports it.

CSV is RFC 4180 with a header. Columns that each row needs: ``article`` (identifier), ``lang``,
``subject``, ``relation``, ``object``, ``status``, ``evidence``. It may have ``title``, ``date``,
``source``, ``url``, ``amount``, ``currency``, ``percent``, ``attribution``, ``confidence``. The text
of its articles is not given: their passages, one under the other, stand for it.

A claim whose evidence is not in its article's text is refused, and said so.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

from kg.catalogue import Catalogue
from kg.errors import InputError, KgError
from kg.gold import GoldClaim, read_gold
from kg.linking import new_entity
from kg.model import Argument, Article, Claim, Entity, Qualifiers, Quote, Status
from kg.ontology import Ontology
from kg.rdf import (
    StoredArticle,
    article_quads,
    articles_from_quads,
    claims_from_quads,
    entities_from_quads,
)

__all__ = ["COLUMNS", "Curated", "read_curated"]

EXTRACTOR = "import"
_NEEDED = ("article", "lang", "subject", "relation", "object", "status", "evidence")
_OPTIONAL = ("title", "date", "source", "url", "amount", "currency", "percent")
COLUMNS = (*_NEEDED, *_OPTIONAL, "attribution", "confidence")
_RDF = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
}


@dataclass(frozen=True, slots=True)
class Curated:
    """What one file gives; ``problems`` has a line for each claim that was refused."""

    articles: tuple[tuple[StoredArticle, tuple[Claim, ...]], ...]
    problems: tuple[str, ...] = ()


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """Why a claim is not taken."""


def read_curated(path: Path, ontology: Ontology, catalogue: Catalogue) -> Curated:
    """The claims of the file *path*, by the ending of its name.

    Raises
    ------
    InputError
        Where the file cannot be read as what its ending says.
    """
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        return _from_gold(path, _Grounder(ontology, catalogue))
    if suffix == ".csv":
        return _from_csv(path, _Grounder(ontology, catalogue))
    if suffix in _RDF:
        return _from_rdf(path, _RDF[suffix], ontology)
    known = ", ".join((".jsonl", ".csv", *_RDF))
    raise InputError(f"{path}: cannot be imported; the name must end in {known}")


class _Grounder:
    """Turns names and passages into claims with places in a text."""

    def __init__(self, ontology: Ontology, catalogue: Catalogue) -> None:
        self.ontology, self.catalogue = ontology, catalogue

    def claims(
        self, article: Article, given: Iterable[tuple[str, GoldClaim]], problems: list[str]
    ) -> tuple[Claim, ...]:
        """Claims of *article*, of several of the same identifier the first; refusals are added."""
        found: dict[str, Claim] = {}
        for place, claim in given:
            try:
                made = self._claim(article, claim)
                tuple(article_quads(StoredArticle.of(article, ""), [made]))
                found.setdefault(made.id, made)
            except (_Refused, KgError) as error:
                triple = f"{claim.subject} {claim.relation} {claim.object}"
                problems.append(f"{place}: refused {triple!r}: {error}")
        return tuple(found.values())

    def _claim(self, article: Article, given: GoldClaim) -> Claim:
        relation = self.ontology.relations.get(given.relation)
        if relation is None:
            known = ", ".join(sorted(self.ontology.relations))
            raise _Refused(f"no relation {given.relation!r}; there are: {known}")
        start = article.text.find(given.evidence) if given.evidence else -1
        if start < 0:
            raise _Refused("its evidence is not in the text of the article")
        evidence = Quote(start, start + len(given.evidence), given.evidence)
        subject = self._entity(given.subject, relation.domain)
        other = self._entity(given.object, relation.range)
        if subject.iri == other.iri:
            raise _Refused("subject and object are the same")
        return Claim(
            article=article.id,
            subject=Argument(subject, _words(subject, evidence)),
            relation=relation.name,
            object=Argument(other, _words(other, evidence)),
            status=given.status,
            evidence=evidence,
            trigger=evidence,
            qualifiers=Qualifiers(given.amount, given.currency, given.percent),
            date=article.date,
            extractor=EXTRACTOR,
        )

    def _entity(self, name: str, allowed: tuple[str, ...]) -> Entity:
        found = self.catalogue.lookup(name)
        if len(found) > 1:
            found = tuple(e for e in found if self.ontology.fits(e.types, allowed)) or found
        if len(found) > 1:
            names = ", ".join(entity.iri for entity in found)
            raise _Refused(f"{name!r} may be any of {names}")
        one_kind = len(allowed) == 1 and bool(self.ontology.classes[allowed[0]].parents)
        return found[0] if found else new_entity(name, allowed if one_kind else ())


def _words(entity: Entity, evidence: Quote) -> Quote:
    """Where the evidence names *entity*; all of it where it only describes it."""
    names = {entity.name, *(label.text for label in entity.labels)}
    for name in sorted(names, key=lambda text: (-len(text), text)):
        hit = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", evidence.text)
        if hit:
            start = evidence.start + hit.start()
            return Quote(start, evidence.start + hit.end(), hit[0])
    return evidence


def _from_gold(path: Path, grounder: _Grounder) -> Curated:
    articles: list[tuple[StoredArticle, tuple[Claim, ...]]] = []
    problems: list[str] = []
    for gold in read_gold(path):
        given = ((gold.article.origin, claim) for claim in gold.claims)
        claims = grounder.claims(gold.article, given, problems)
        articles.append((StoredArticle.of(gold.article, ""), claims))
    return Curated(tuple(articles), tuple(problems))


# -- CSV --------------------------------------------------------------------------------------

CsvRow: TypeAlias = tuple[str, Mapping[str, str]]  # its place, its cells


def _from_csv(path: Path, grounder: _Grounder) -> Curated:
    groups: dict[str, list[CsvRow]] = {}
    for place, row in _rows(path):
        groups.setdefault(row["article"], []).append((place, row))
    articles: list[tuple[StoredArticle, tuple[Claim, ...]]] = []
    problems: list[str] = []
    for name, rows in groups.items():
        passages = dict.fromkeys(row["evidence"] for _, row in rows)
        first = rows[0][1]
        article = Article(
            id=name,
            lang=first["lang"],
            title=first.get("title") or "",
            text="\n\n".join(passages),
            date=first.get("date") or None,
            source=first.get("source") or None,
            url=first.get("url") or None,
        )
        given = [(place, _row_claim(place, row)) for place, row in rows]
        claims = grounder.claims(article, given, problems)
        articles.append((StoredArticle.of(article, ""), _qualified(claims, rows)))
    return Curated(tuple(articles), tuple(problems))


def _rows(path: Path) -> Iterator[CsvRow]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(path, reader.fieldnames or ())
            for row in reader:
                if None in row or None in row.values():
                    raise InputError(f"{path}:{reader.line_num}: not as many cells as the header")
                yield f"{path}:{reader.line_num}", row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read as CSV: {reason}") from None


def _check_header(path: Path, names: Iterable[str]) -> None:
    missing = [name for name in _NEEDED if name not in set(names)]
    strange = sorted(set(names) - set(COLUMNS))
    if missing or strange:
        what = f"lacks {', '.join(missing)}" if missing else f"has unknown {', '.join(strange)}"
        raise InputError(f"{path}:1: the header {what}; columns are {', '.join(COLUMNS)}")


def _row_claim(place: str, row: Mapping[str, str]) -> GoldClaim:
    try:
        return GoldClaim(
            subject=row["subject"],
            relation=row["relation"],
            object=row["object"],
            status=Status(row["status"]),
            subjects=(),
            objects=(),
            amount=_number(row.get("amount")),
            currency=row.get("currency") or None,
            percent=_number(row.get("percent")),
            evidence=row["evidence"],
        )
    except ValueError as error:
        raise InputError(f"{place}: {error}") from None


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _qualified(claims: tuple[Claim, ...], rows: Iterable[CsvRow]) -> tuple[Claim, ...]:
    """Claims with the columns that annotated JSONL does not have."""
    extra = {row["evidence"]: row for _, row in rows}
    return tuple(_with_extra(claim, extra[claim.evidence.text]) for claim in claims)


def _with_extra(claim: Claim, row: Mapping[str, str]) -> Claim:
    qualifiers = replace(claim.qualifiers, attribution=row.get("attribution") or None)
    confidence = _number(row.get("confidence"))
    return replace(
        claim,
        qualifiers=qualifiers,
        confidence=claim.confidence if confidence is None else confidence,
    )


# -- RDF --------------------------------------------------------------------------------------


def _from_rdf(path: Path, rdf_format: ox.RdfFormat, ontology: Ontology) -> Curated:
    try:
        quads = list(ox.parse(path=str(path), format=rdf_format))
    except SyntaxError as error:
        raise InputError(f"{path}:{error.lineno or 0}: {error.msg}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    claims: dict[str, list[Claim]] = {}
    problems: list[str] = []
    for claim in claims_from_quads(quads, entities_from_quads(quads)):
        if claim.relation in ontology.relations:
            claims.setdefault(claim.article, []).append(replace(claim, extractor=EXTRACTOR))
        else:
            problems.append(f"{path}: refused claim {claim.id}: no relation {claim.relation!r}")
    articles = articles_from_quads(quads)
    if not articles:
        raise InputError(f"{path}: holds no articles with claims as 'kg export' writes them")
    return Curated(tuple((a, tuple(claims.get(a.id, ()))) for a in articles), tuple(problems))
