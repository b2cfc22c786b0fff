"""Parsed sentences written by hand (``tests/data/trees.jsonl``) and a small ontology for them.

A tree is words as ``form/lemma/POS/head/dependency[/features]``, heads counted from 1 within the
document, 0 for a root. Capitalised invented names are mentions: organisations, and Gadget, a product.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from kg.catalogue import Catalogue
from kg.claims import ClaimMaker
from kg.frames import FrameMatcher
from kg.mentions import Mentions, TokenMention
from kg.model import Article, Claim, Entity, Mention, MentionKind, Span
from kg.ontology import Ontology, load_ontology
from kg.quantities import find_quantities
from kg.status import StatusReader
from kg.syntax import Tree

TREES = Path(__file__).parent / "data" / "trees.jsonl"
ORGANIZATIONS = ("Alfa", "Beta", "Gama", "Delta")
PRODUCTS = ("Gadget",)

TECH = """
@prefix kg: <https://kg.example/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .

kg:Thing a owl:Class ; rdfs:label "thing"@en ; kg:shape "dot" .
kg:Firm a owl:Class ; rdfs:subClassOf kg:Thing ; rdfs:label "firm"@en ; kg:shape "dot" .
kg:Ware a owl:Class ; rdfs:subClassOf kg:Thing ; rdfs:label "ware"@en ; kg:shape "dot" .

kg:ownerOf a owl:ObjectProperty ; kg:extracted true ; kg:qualifiedBy kg:amount , kg:percent ;
    rdfs:label "owns"@en ; rdfs:domain kg:Firm ; rdfs:range kg:Firm .
kg:funderOf a owl:ObjectProperty ; kg:extracted true ;
    rdfs:label "funds"@en ; rdfs:domain kg:Firm ; rdfs:range kg:Firm .
kg:vendorTo a owl:ObjectProperty ; kg:extracted true ;
    rdfs:label "sells to"@en ; rdfs:domain kg:Firm ; rdfs:range kg:Firm .
"""
LEXICON = """
@prefix kg: <https://kg.example/ns#> .

[] a kg:WordSet ; kg:name "agentPrep" ; kg:lemma "by"@en , "por"@pt , "pela"@pt .
[] a kg:WordSet ; kg:name "genitivePrep" ; kg:lemma "of"@en , "'s"@en , "de"@pt , "da"@pt .
[] a kg:WordSet ; kg:name "relative" ; kg:lemma "which"@en , "que"@pt .
[] a kg:WordSet ; kg:name "copula" ; kg:lemma "be"@en , "ser"@pt .
[] a kg:WordSet ; kg:name "objectControl" ; kg:lemma "persuade"@en .
[] a kg:WordSet ; kg:name "transparent" ; kg:lemma "half"@en .
[] a kg:WordSet ; kg:name "goods" ; kg:lemma "chip"@en .

[] a kg:Frame ; kg:evokes kg:ownerOf ; kg:pos "VERB" ; kg:lemma "buy"@en , "acquire"@en , "comprar"@pt ;
    kg:subjectArg "subj" ; kg:objectArg "obj" .
[] a kg:Frame ; kg:evokes kg:ownerOf ; kg:pos "NOUN" ; kg:lemma "purchase"@en , "compra"@pt ;
    kg:subjectArg "subj|gen" ; kg:objectArg "pp:of/de" .
[] a kg:Frame ; kg:evokes kg:ownerOf ; kg:pos "NOUN" ; kg:lemma "owner"@en , "dona"@pt ;
    kg:subjectArg "role" ; kg:objectArg "gen" .
[] a kg:Frame ; kg:evokes kg:funderOf ; kg:pos "VERB" ; kg:lemma "fund"@en ;
    kg:subjectArg "subj" ; kg:objectArg "obj" .
[] a kg:Frame ; kg:evokes kg:funderOf ; kg:pos "NOUN" ; kg:lemma "funding"@en ;
    kg:subjectArg "pp:from" ; kg:objectArg "obj" .
[] a kg:Frame ; kg:evokes kg:vendorTo ; kg:pos "VERB" ; kg:lemma "sell"@en ;
    kg:subjectArg "subj" ; kg:objectArg "pp:to" ; kg:with "obj=@goods" .

[] a kg:SupportVerb ; kg:lemma "make"@en ; kg:subjectPlays "subject" .
[] a kg:SupportVerb ; kg:lemma "receive"@en ; kg:subjectPlays "object" .

[] a kg:Cue ; kg:scope "modifier" ; kg:gives kg:Denied ; kg:lemma "not"@en .
[] a kg:Cue ; kg:scope "modifier" ; kg:gives kg:Prospective ; kg:lemma "could"@en .
[] a kg:Cue ; kg:scope "marker" ; kg:gives kg:Prospective ; kg:lemma "if"@en .
[] a kg:Cue ; kg:scope "governor" ; kg:gives kg:Prospective ; kg:pos "VERB" ; kg:lemma "plan"@en .
[] a kg:Cue ; kg:scope "governor" ; kg:gives kg:Denied ; kg:pos "VERB" ; kg:lemma "give up"@en .
[] a kg:Cue ; kg:scope "sequel" ; kg:gives kg:Denied ; kg:pos "VERB" ; kg:lemma "collapse"@en .
"""


@cache
def small_ontology() -> Ontology:
    """Three relations between firms, a dozen words."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "lexicon").mkdir()
        (Path(folder) / "tech.ttl").write_text(TECH, "utf8")
        (Path(folder) / "lexicon" / "words.ttl").write_text(LEXICON, "utf8")
        return load_ontology(Path(folder))


def empty_catalogue() -> Catalogue:
    """A catalogue that knows nothing."""
    return Catalogue({}, {}, {}, frozenset(), frozenset(), {}, {}, {}, {}, {}, "")


def cases() -> list[dict[str, Any]]:
    """All trees, in file order."""
    return [json.loads(line) for line in TREES.read_text("utf8").splitlines()]


@cache
def _vocabulary(lang: str) -> Vocab:
    """A vocabulary that knows its language and how to write words small."""
    return spacy.blank(lang).vocab


def parsed(case: dict[str, Any]) -> Doc:
    """The tree as a ``Doc``; a sentence starts at the first word and behind each full stop."""
    rows = [word.split("/") for word in case["tree"].split(" ")]
    heads = [int(row[3]) - 1 if row[3] != "0" else n for n, row in enumerate(rows)]
    return Doc(
        _vocabulary(case["lang"]),
        words=[row[0] for row in rows],
        lemmas=[row[1] for row in rows],
        pos=[row[2] for row in rows],
        heads=heads,
        deps=["ROOT" if row[4] == "root" else row[4] for row in rows],
        morphs=[row[5] if len(row) > 5 else "" for row in rows],
    )


class Hand:
    """One hand-made tree with what the rooms make of it."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case, self.doc = case, parsed(case)
        self.tree = Tree(self.doc, small_ontology())
        self.mentions = Mentions()
        for token in self.doc:
            kind = self._kind(token.text)
            if kind:
                entity = Entity(f"iri:{token.text}", token.text, (kind,))
                span = Span(token.idx, token.idx + len(token.text))
                mention = Mention(span, token.text, MentionKind.NAME, entity)
                self.mentions.add(TokenMention(token.i, token.i + 1, token.i, mention))
        self.matcher = FrameMatcher(self.tree, self.mentions, small_ontology(), empty_catalogue())

    def _kind(self, name: str) -> str:
        return "Firm" if name in ORGANIZATIONS else "Ware" if name in PRODUCTS else ""

    def index(self, form: str) -> int:
        """The first token with that form."""
        return self.tree.text.index(form)

    def names(self, tokens: list[int]) -> list[str]:
        """Forms of the tokens that are names."""
        return [self.tree.text[k] for k in tokens if self.mentions.at(k)]

    def claims(self) -> tuple[Claim, ...]:
        """What the frames claim."""
        article = Article("hand", self.case["lang"], "", self.doc.text)
        reader = StatusReader(self.tree, small_ontology())
        figures = find_quantities(article.text, article.lang)
        maker = ClaimMaker(article, self.tree, small_ontology(), reader, figures)
        return maker.claims(self.matcher.matches())


def line(claim: Claim) -> str:
    """``Alfa ownerOf Beta confirmed 2000000000 USD``."""
    q = claim.qualifiers
    money = f" {q.amount:.0f} {q.currency}" if q.amount is not None else ""
    names = claim.subject.entity.name, claim.relation, claim.object.entity.name
    return f"{' '.join(names)} {claim.status}{money}"
