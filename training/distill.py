"""Let the accurate pipeline label raw text: ``python -m training.distill pt --data DIR --out DIR``.

Writes ``<out>/silver.jsonl``, which ``training.train --silver`` adds to the gold sentences: names,
heads and relations as the teacher sees them, no tags and no lemmas. Text that shares eight words in
a row with a development or test set is left out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, product
from pathlib import Path

import click
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from kg.errors import KgError
from kg.pipelines import choose_pipeline, load_pipeline
from training.corpora import cutter
from training.options import data_option
from training.raw import claimed_names, passages, read_articles, read_tagged, shingles
from training.silver import write_silver
from training.sources import Raw, Source, find_file, raw_sources, read_source, sources
from training.surface import MISSING, Cut, Sentence, Token

__all__ = ["completed", "corrected", "label", "main"]

_HERE = Path(__file__).parent
SEED = 20_251
HELD_OUT = "-04.jsonl"  # of our own articles: what the scorer of arguments is measured on


def _paragraphs(raw: Raw, lang: str, folders: Sequence[Path]) -> Iterator[list[str]]:
    if raw.tagged:
        return read_tagged(find_file(folders, raw.tagged))
    return chain.from_iterable(map(read_articles, _articles(raw, lang)))


def _articles(raw: Raw, lang: str) -> list[Path]:
    paths = sorted((_HERE / raw.articles).glob(f"{lang}-*.jsonl"))
    return [path for path in paths if not path.name.endswith(HELD_OUT)]


def measured(lang: str, folders: Sequence[Path], nlp: Language) -> set[tuple[str, ...]]:
    """Give the runs of eight words of all development and test sets of a language."""
    found: set[tuple[str, ...]] = set()
    for part in ("dev", "test"):
        for source in sources(lang, part):
            for sentence in read_source(source, folders, cutter(nlp), Counter()):
                found |= shingles(sentence.text)
    return found


def label(teacher: Language, texts: Iterable[str], origin: str) -> Iterator[Sentence]:
    """Yield the teacher's sentences of some texts; each text is a document of its own."""
    for number, doc in enumerate(teacher.pipe(texts, batch_size=8)):
        for span in doc.sents:
            tokens = [token for token in span if not token.is_space]
            place = {token.i: index for index, token in enumerate(tokens)}
            yield Sentence(
                tuple(
                    Token(
                        token.text,
                        bool(token.whitespace_),
                        head=place.get(token.head.i, place[token.i]),
                        deprel=token.dep_,
                    )
                    for token in tokens
                ),
                tuple(_tag(token.ent_iob_, token.ent_type_) for token in tokens),
                f"{origin}-{number}",
            )


def _tag(iob: str, kind: str) -> str:
    return f"{iob}-{kind}" if kind else "O"


def corrected(sentences: Iterable[Sentence], known: dict[str, str], cut: Cut) -> Iterator[Sentence]:
    """Label names that are known as what they are, longest first; cut as ``cut`` does.

    A name stays as it is if it is part of a longer one.
    """
    forms = {tuple(cut(name)): label for name, label in known.items()}
    longest = max(map(len, forms), default=0)
    for sentence in sentences:
        names = list(sentence.names)
        words = tuple(token.form for token in sentence.tokens)
        taken = 0
        for start, size in product(range(len(words)), range(longest, 0, -1)):
            end = start + size
            label = forms.get(words[start:end], "") if end <= len(words) else ""
            if label and start >= taken and not _parted(names, start, end):
                taken = end
                names[start:end] = [f"B-{label}", *[f"I-{label}"] * (size - 1)]
        yield replace(sentence, names=tuple(names))


def _parted(names: list[str], first: int, end: int) -> bool:
    """Whether a name begins before, or goes on behind, a stretch."""
    return names[first].startswith("I-") or "".join(names[end : end + 1]).startswith("I-")


def completed(teacher: Language, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Let the teacher fill in the names that a data set leaves open; what is marked stays."""
    for sentence in sentences:
        words = [token.form for token in sentence.tokens]
        doc = Doc(teacher.vocab, words, [token.space for token in sentence.tokens])
        names = list(sentence.names)
        for span in teacher(doc).ents:
            inside = range(span.start, span.end)
            if all(sentence.names[i] == MISSING for i in inside):
                names[span.start : span.end] = [
                    f"{'I' if i > span.start else 'B'}-{span.label_}" for i in inside
                ]
        filled = ("O" if name == MISSING else name for name in names)
        yield replace(sentence, names=tuple(filled))


def silver(lang: str, folders: Sequence[Path], words: int) -> Iterator[Sentence]:
    """Yield the silver sentences of a language: of each text about so many words, drawn by lot."""
    choose_pipeline("accurate")
    teacher = load_pipeline(lang)
    seen = measured(lang, folders, spacy.blank(lang))
    for raw in raw_sources(lang):
        texts = list(passages(_paragraphs(raw, lang, folders), seen))
        sentences = label(teacher, _drawn(texts, words), raw.origin)
        known = claimed_names(_articles(raw, lang)) if raw.articles else {}
        yield from corrected(sentences, known, cutter(teacher))
    for source in sources(lang, "train"):
        if source.core:
            yield from completed(teacher, _open_sentences(source, folders))


def _drawn(texts: list[str], words: int) -> Iterator[str]:
    random.Random(SEED).shuffle(texts)
    lengths = accumulate(len(text.split()) for text in texts)
    return (text for text, length in zip(texts, lengths, strict=True) if length <= words)


def _open_sentences(source: Source, folders: Sequence[Path]) -> Iterator[Sentence]:
    return read_source(source, folders, lambda text: [text], Counter())


@click.command(help=__doc__)
@click.argument("lang")
@data_option
@click.option("--words", default=400_000, show_default=True, help="At most so many of each text.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def main(lang: str, data: tuple[Path, ...], words: int, out: Path) -> None:
    """Label raw text."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        path = out / "silver.jsonl"
        click.echo(f"{path}: {write_silver(silver(lang, data, words), path)} sentences")
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
