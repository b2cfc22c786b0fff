"""Check annotated articles: ``python -m training.check_claims [FILE…]``, by default all of ours.

What is checked follows the guide to annotation (training/claims/README.md): evidence is an exact
substring within one paragraph, both names (or another that counts as right) stand in the article,
relation and status are known, amounts and stakes are well formed and of a relation that has them,
names fit the domain and range of every relation they stand in, and no claim comes twice. Names of
the held-out files may stand in no other file, but for the real ones, which the catalogue knows.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kg.assets import asset
from kg.catalogue import Catalogue, load_catalogue
from kg.errors import KgError
from kg.gold import GoldArticle, GoldClaim, read_gold
from kg.names import fold
from kg.ontology import Ontology, load_ontology

__all__ = ["CLAIMS", "HELD_OUT", "article_faults", "held_out_faults", "main"]

CLAIMS = Path(__file__).parent / "claims"
HELD_OUT = ("pt-04.jsonl", "en-04.jsonl")  # never trained on
_ID = re.compile(r"[wv]-(pt|en)-\d{2,4}")
_CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217
_FIELDS = {"id", "lang", "title", "date", "text", "claims"}
_CLAIM_FIELDS = {
    *("subject", "subject_alt", "relation", "object", "object_alt", "status"),
    *("amount", "currency", "percent", "evidence", "subject_at", "object_at"),
}


def article_faults(gold: GoldArticle, ontology: Ontology) -> Iterator[str]:
    """What is wrong with an article's annotation, one sentence each; nothing if all is well."""
    article, seen = gold.article, set[tuple[str, ...]]()
    place = f"{article.id}: "
    if not (match := _ID.fullmatch(article.id)) or match[1] != article.lang:
        yield f"{place}the id tells neither kind nor language"
    if not _is_date(article.date):
        yield f"{place}{article.date!r} is no date"
    for claim in gold.claims:
        told = f"{place}{claim.subject} {claim.relation} {claim.object}: "
        yield from (told + fault for fault in _claim_faults(claim, gold, ontology))
        if (key := _key(claim, ontology)) in seen:
            yield f"{told}stands twice"
        seen.add(key)
    yield from (place + fault for fault in _type_faults(gold.claims, ontology))


def _is_date(value: str | None) -> bool:
    try:
        return bool(datetime.date.fromisoformat(value or ""))
    except ValueError:
        return False


def _key(claim: GoldClaim, ontology: Ontology) -> tuple[str, ...]:
    ends = (claim.subjects[0], claim.objects[0])
    relation = ontology.relations.get(claim.relation)
    return (claim.relation, *(sorted(ends) if relation and relation.symmetric else ends))


def _claim_faults(claim: GoldClaim, gold: GoldArticle, ontology: Ontology) -> Iterator[str]:
    text = gold.article.text
    if not claim.evidence or claim.evidence not in text:
        yield "the evidence is not in the text"
    if "\n\n" in claim.evidence:
        yield "the evidence goes beyond its paragraph"
    for names in (claim.subjects, claim.objects):
        if not any(_stands_in(name, fold(text)) for name in names):
            yield f"the text names {names[0]!r} nowhere"
    if set(claim.subjects) & set(claim.objects):
        yield "subject and object are one"
    if not (relation := ontology.relations.get(claim.relation)) or not relation.extracted:
        yield "there is no such relation"
    else:
        yield from _qualifier_faults(claim, relation.qualifiers)


def _qualifier_faults(claim: GoldClaim, allowed: Sequence[str]) -> Iterator[str]:
    if (claim.amount is None) != (claim.currency is None):
        yield "an amount has a currency, and a currency an amount"
    if claim.amount is not None and not claim.amount > 0:
        yield f"{claim.amount} is no amount"
    if claim.currency is not None and not _CURRENCY.fullmatch(claim.currency):
        yield f"{claim.currency!r} is no ISO 4217 code"
    if claim.percent is not None and not 0 < claim.percent <= 100:
        yield f"{claim.percent} is no stake in percent"
    told = {"amount": claim.amount, "percent": claim.percent}
    for name in sorted(name for name, value in told.items() if value is not None):
        if name not in allowed:
            yield f"the relation has no {name}"


def _stands_in(name: str, text: str) -> bool:
    # A chip is often named in the plural: "H200s".
    return re.search(rf"(?<!\w){re.escape(name)}s?(?!\w)", text) is not None


def _type_faults(claims: Iterable[GoldClaim], ontology: Ontology) -> Iterator[str]:
    """Names that no class fits in all their places, and rivals of different kinds."""
    claims = [claim for claim in claims if claim.relation in ontology.relations]
    fitting: dict[str, set[str]] = {}
    for claim in claims:
        relation = ontology.relations[claim.relation]
        for name, allowed in ((claim.subject, relation.domain), (claim.object, relation.range)):
            classes = {item for item in ontology.classes if ontology.fits((item,), allowed)}
            fitting[name] = fitting.get(name, classes) & classes
    for name in sorted(name for name, classes in fitting.items() if not classes):
        yield f"no class fits {name!r} in all its places"
    for claim in claims:
        if ontology.relations[claim.relation].same_kind:
            kinds = [ontology.roots(fitting[name]) for name in (claim.subject, claim.object)]
            if all(kinds) and not kinds[0] & kinds[1]:
                yield f"{claim.subject} and {claim.object} are of two kinds"


def held_out_faults(
    files: Mapping[str, Sequence[GoldArticle]], catalogue: Catalogue
) -> Iterator[str]:
    """Names in claims of the held-out files that another file's articles mention too."""
    text = fold(
        "\n".join(
            f"{gold.article.title}\n{gold.article.text}"
            for name, golds in sorted(files.items())
            if name not in HELD_OUT
            for gold in golds
        )
    )
    held = [gold for name in HELD_OUT for gold in files.get(name, ())]
    names = {
        side for gold in held for claim in gold.claims for side in claim.subjects + claim.objects
    }
    yield from (
        f"{name!r} is held out, yet stands in another file"
        for name in sorted(names)
        if _stands_in(name, text) and not catalogue.lookup(name)
    )


def _field_faults(path: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text("utf8").splitlines(), 1):
        data: dict[str, Any] = json.loads(line)
        for claim in data["claims"]:
            for side in ("subject_at", "object_at"):
                if claim.get(side, "") not in claim["evidence"]:
                    yield f"{path}:{number}: {side} {claim[side]!r} is not in the evidence"
        unknown = set(data) ^ _FIELDS
        unknown |= {name for claim in data["claims"] for name in set(claim) - _CLAIM_FIELDS}
        if unknown:
            yield f"{path}:{number}: missing or unknown: {', '.join(sorted(unknown))}"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(paths: tuple[Path, ...]) -> None:
    """Print every fault in PATHS, or else how much they hold; exit status 1 if there was one."""
    ontology = load_ontology()
    chosen = paths or tuple(sorted(CLAIMS.glob("*.jsonl")))
    try:
        files = {path.name: list(read_gold(path)) for path in chosen}
    except KgError as error:
        raise click.ClickException(str(error)) from None
    golds = [gold for name in sorted(files) for gold in files[name]]
    ids = [gold.article.id for gold in golds]
    faults = [
        f"{name}: two articles have this id"
        for name in sorted({i for i in ids if ids.count(i) > 1})
    ]
    faults += [fault for path in chosen for fault in _field_faults(path)]
    faults += [fault for gold in golds for fault in article_faults(gold, ontology)]
    faults += held_out_faults(
        files, load_catalogue(asset("data", "entities.ttl"), ontology=ontology)
    )
    for fault in faults:
        click.echo(fault)
    click.echo(
        f"{len(golds)} articles, {sum(len(gold.claims) for gold in golds)} claims, {len(faults)} faults"
    )
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
