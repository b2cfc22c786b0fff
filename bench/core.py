"""How far the frames reach on the CORE relations (Borchert et al., EMNLP 2023): English, CC BY 4.0.

    python bench/core.py CORE.json [--sample 1000] [--seed 0] [--resolve] [--errors 20]

Each sentence has one relation between two given companies, `e1` to `e2`. The two stand as mentions of
organisations (a product where the sentence has them as product and vendor), nothing else of the
sentence is named, so that names are not measured, only frames (with `--resolve`, also what "it" and
"the company" stand for). Seven of its relations are ours:
the mapping is below. A relation of ours between the two, in the right direction, where theirs maps
to it, is right; any other relation of ours between the two is spurious; where theirs has no
counterpart, everything found is spurious. Precision, recall and F1 by relation.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from kg.catalogue import Catalogue  # noqa: E402
from kg.discourse import Discourse  # noqa: E402
from kg.evaluation import Score  # noqa: E402
from kg.frames import FrameMatcher  # noqa: E402
from kg.mentions import Mentions, TokenMention  # noqa: E402
from kg.model import Entity, Mention, MentionKind, Span  # noqa: E402
from kg.ontology import Ontology, load_ontology  # noqa: E402
from kg.pipelines import load_pipeline  # noqa: E402
from kg.syntax import Tree  # noqa: E402

# theirs → ours, and whether ours runs the other way
MAPPING = {
    "shareholder_of": ("investorOf", False),
    "client_of": ("supplierTo", True),
    "competitor_of": ("competitorOf", False),
    "collaboration": ("partnerOf", False),
    "acquired_by": ("acquirerOf", True),
    "subsidiary_of": ("subsidiaryOf", False),
    "product_or_service_of": ("developerOf", True),
}
NOTHING = Catalogue({}, {}, {}, frozenset(), frozenset(), {}, {}, {}, {}, {}, "")


def expected(case: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """(subject, relation, object) in our terms, the ends named ``e1`` and ``e2``."""
    if case["relation"] not in MAPPING:
        return None
    relation, turned = MAPPING[case["relation"]]
    swapped = turned != bool(int(case["invert_relation"]))
    return ("e2", relation, "e1") if swapped else ("e1", relation, "e2")


def sentence(case: Mapping[str, Any], nlp: Any) -> Doc:
    """The sentence in the tokens of the data set, not yet parsed."""
    return Doc(nlp.vocab, words=list(case["context"]))


def found(
    case: Mapping[str, Any], doc: Doc, ontology: Ontology, resolve: bool
) -> Iterator[tuple[str, str, str]]:
    """What the frames say of the two."""
    tree, mentions = Tree(doc, ontology), Mentions()
    product = case["relation"] == "product_or_service_of"
    sold = "e2" if product and int(case["invert_relation"]) else "e1"
    for end in ("e1", "e2"):
        first, last = int(case[f"{end}_start"]), int(case[f"{end}_end"])
        kind = "Product" if product and end == sold else "Organization"
        words = doc[first : last + 1]
        entity = Entity(end, end, (kind,))
        span = Span(words.start_char, words.end_char)
        mention = Mention(span, words.text, MentionKind.NAME, entity)
        mentions.add(TokenMention(first, last + 1, words.root.i, mention))
    matcher = FrameMatcher(tree, mentions, ontology, NOTHING)
    if resolve:
        Discourse(tree, mentions, ontology, NOTHING).resolve(matcher.matches())
    for match in matcher.matches():
        one, other = match.subject.mention.entity, match.object.mention.entity
        if one is not None and other is not None:
            yield one.iri, match.relation, other.iri


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("core", type=Path)
    parser.add_argument("--sample", type=int, default=1000, help="sentences; 0 takes all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resolve", action="store_true", help="resolve descriptions and pronouns")
    parser.add_argument("--errors", type=int, default=0, help="print so many of each kind")
    options = parser.parse_args()
    cases = json.loads(options.core.read_text("utf8"))
    if options.sample:
        cases = random.Random(options.seed).sample(cases, min(options.sample, len(cases)))
    ontology, nlp = load_ontology(), load_pipeline("en")
    counts: dict[str, Counter[str]] = {
        "right": Counter(),
        "spurious": Counter(),
        "missed": Counter(),
    }
    shown: Counter[str] = Counter()
    docs = nlp.pipe((sentence(case, nlp) for case in cases), batch_size=64)
    for case, doc in zip(cases, docs, strict=True):
        if len(doc) != len(case["context"]):
            raise SystemExit(f"{case['id']}: the pipeline changed the tokens")
        wanted = expected(case)
        said = {_plain(triple, ontology) for triple in found(case, doc, ontology, options.resolve)}
        right = wanted is not None and _plain(wanted, ontology) in said
        if wanted is not None:
            counts["right" if right else "missed"][wanted[1]] += 1
        wrong = said - ({_plain(wanted, ontology)} if wanted else set())
        counts["spurious"].update(relation for _, relation, _ in wrong)
        kind = "spurious" if wrong else "missed" if wanted and not right else ""
        shown[kind] += 1
        if kind and shown[kind] <= options.errors:
            print(kind, case["relation"], case["e1_name"], "|", case["e2_name"], sorted(wrong))
            print("   ", doc.text)
    _print(counts, len(cases))


def _plain(triple: tuple[str, str, str], ontology: Ontology) -> tuple[str, str, str]:
    one, relation, other = triple
    if ontology.properties[relation].symmetric:
        one, other = sorted((one, other))
    return one, relation, other


def _print(counts: Mapping[str, Counter[str]], total: int) -> None:
    print(
        f"{total} sentences\n{'':16}{'right':>7}{'spurious':>10}{'missed':>8}{'P':>8}{'R':>8}{'F1':>8}"
    )
    relations = sorted({name for counter in counts.values() for name in counter})
    rows = [(name, [counts[kind][name] for kind in counts]) for name in relations]
    for name, numbers in [*rows, ("all", [sum(counts[kind].values()) for kind in counts])]:
        score = Score(*numbers)
        cells = "".join(f"{value:8.3f}" for value in (score.precision, score.recall, score.f1))
        print(f"{name:16}{numbers[0]:7}{numbers[1]:10}{numbers[2]:8}{cells}")


if __name__ == "__main__":
    main()
