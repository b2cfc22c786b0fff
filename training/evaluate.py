"""Measure pipelines on the test sets: ``python -m training.evaluate --data DIR PIPELINE…``.

A pipeline is a folder that spaCy loads. The text is given raw, in runs of neighbouring sentences
of a document, so that tokenizer and sentence boundaries are measured too. Prints one Markdown
table a pipeline.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from spacy import registry
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from kg.encoder import WEIGHTS
from kg.errors import InputError, KgError
from kg.pipelines import read_pipeline
from training.conllu import read_lines
from training.corpora import cutter, document
from training.options import data_option
from training.sources import Source, read_source, sources
from training.surface import Sentence

__all__ = [
    "FRAME_RELATIONS",
    "name_recall",
    "runs_of_ten",
    "score",
    "score_names",
    "speed",
    "write_card",
]

FRAME_RELATIONS = ("nsubj", "obj", "obl", "nmod", "appos", "conj", "acl", "acl:relcl", "case",
                   "compound", "flat")  # fmt: skip
LABELS = ("PER", "ORG", "LOC")
# spaCy's scorer of trees takes the places of a document's unknown heads for unknown in all later
# documents too; so none counts as unknown, and the few that are count as missed.
SCORERS: dict[str, dict[str, Any]] = {
    "spacy.morphologizer_scorer.v1": {},
    "spacy.lemmatizer_scorer.v1": {},
    "spacy.parser_scorer.v1": {"missing_values": frozenset()},
}
RUN = 10
BEGIN, END = "<!-- figures: make evaluate-pipelines -->", "<!-- end of figures -->"
Figures = dict[str, float]


def runs_of_ten(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Cut a test set into runs of at most ten neighbouring sentences of a document."""
    documents = (list(group) for _, group in groupby(sentences, key=lambda sentence: sentence.doc))
    return [doc[i : i + RUN] for doc in documents for i in range(0, len(doc), RUN)]


def score(nlp: Language, sentences: Sequence[Sentence]) -> Figures:
    """Score tags, lemmas, trees and sentence boundaries on raw text; all figures in percent."""
    golds = [document(nlp, run) for run in runs_of_ten(sentences)]
    parsed = nlp.pipe([gold.text for gold in golds])
    examples = [Example(doc, gold) for doc, gold in zip(parsed, golds, strict=True)]
    scores = Scorer.score_tokenization(examples)
    for name, options in SCORERS.items():  # not every pipeline has spaCy's own components
        scores |= registry.scorers.get(name)()(examples, **options)
    wanted = {"UAS": "dep_uas", "LAS": "dep_las", "POS": "pos_acc", "lemma": "lemma_acc",
              "sentences F1": "sents_f", "tokens F1": "token_f"}  # fmt: skip
    figures = {name: 100 * float(scores[key] or 0) for name, key in wanted.items()}
    figures["frame relations F1"] = _relations_f1(scores["dep_las_per_type"])
    figures["lemma VERB, NOUN"] = _content_lemmas(examples)
    return figures


def _relations_f1(per_type: dict[str, Figures]) -> float:
    """Mean F1 over the relations that frames use and the treebank has."""
    values = [per_type[name]["f"] for name in FRAME_RELATIONS if name in per_type]
    return 100 * sum(values) / max(len(values), 1)


def _content_lemmas(examples: Iterable[Example]) -> float:
    """Share of gold verbs and nouns whose lemma is right."""
    right = whole = 0
    for example in examples:
        lemmas = example.get_aligned("LEMMA", as_string=True)
        tags = example.get_aligned("POS", as_string=True)
        for token, lemma, tag in zip(example.predicted, lemmas, tags, strict=True):
            if tag in ("VERB", "NOUN"):
                whole += 1
                right += token.lemma_ == lemma
    return 100 * right / max(whole, 1)


def score_names(nlp: Language, sentences: Sequence[Sentence]) -> Figures:
    """Score PER, ORG and LOC, each name counted whole; what the gold leaves open is passed over."""
    counts: Counter[tuple[str, str]] = Counter()
    golds = [document(nlp, run, names=True) for run in runs_of_ten(sentences)]
    for doc, gold in zip(nlp.pipe([gold.text for gold in golds]), golds, strict=True):
        unknown = [(t.idx, t.idx + len(t)) for t in gold if not t.ent_iob]
        right, found = _spans(gold), _spans(doc)
        found = {
            s for s in found if s in right or not any(a < s[1] and s[0] < b for a, b in unknown)
        }
        for what, spans in (("gold", right), ("found", found), ("both", right & found)):
            counts.update((what, label) for _, _, label in spans)
    return _name_figures(counts)


def _spans(doc: Doc) -> set[tuple[int, int, str]]:
    return {(e.start_char, e.end_char, e.label_) for e in doc.ents if e.label_ in LABELS}


def _name_figures(counts: Counter[tuple[str, str]]) -> Figures:
    figures: Figures = {}
    for title, labels in (("NER", LABELS), ("ORG", ("ORG",))):
        gold, found, both = (
            sum(counts[what, label] for label in labels) for what in ("gold", "found", "both")
        )
        figures[f"{title} P"] = 100 * both / max(found, 1)
        figures[f"{title} R"] = 100 * both / max(gold, 1)
        figures[f"{title} F1"] = 200 * both / max(found + gold, 1)
    return figures


def name_recall(nlp: Language, path: Path) -> Figures:
    """Score our own sentences (JSONL of ``text`` and ``names``): recall whole, with and without
    the label, and precision of what was found.

    Raises
    ------
    InputError
        If the file is missing or a line is not such an object.
    """
    counts: Counter[str] = Counter()
    for text, gold in _own_sentences(path):
        found = {(e.start_char, e.end_char): e.label_ for e in nlp(text).ents}
        counts["found"] += sum(label in ("ORG", "PROD") for label in found.values())
        for span, label in gold.items():
            counts["gold " + label] += 1
            counts["whole"] += span in found
            counts["labelled " + label] += found.get(span) == label
    gold_all = counts["gold ORG"] + counts["gold PROD"]
    labelled = counts["labelled ORG"] + counts["labelled PROD"]
    return {
        "recall of the words": 100 * counts["whole"] / gold_all,
        "recall with label": 100 * labelled / gold_all,
        "ORG recall": 100 * counts["labelled ORG"] / max(counts["gold ORG"], 1),
        "PROD recall": 100 * counts["labelled PROD"] / max(counts["gold PROD"], 1),
        "precision": 100 * labelled / max(counts["found"], 1),
    }


def _own_sentences(path: Path) -> Iterator[tuple[str, dict[tuple[int, int], str]]]:
    for number, line in read_lines(path):
        if line.strip():
            try:
                record: dict[str, Any] = json.loads(line)
                names = {(n["start"], n["end"]): n["label"] for n in record["names"]}
                yield record["text"], names
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{path}:{number}: no object with text and names") from error


def speed(nlp: Language, texts: Sequence[str], repeats: int = 3) -> float:
    """Words per second, best of some runs over the same texts."""
    words = sum(len(text.split()) for text in texts)
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in nlp.pipe(texts):
            pass
        best = min(best, time.perf_counter() - start)
    return words / best


def measure(nlp: Language, source: Source, folders: Sequence[Path]) -> Figures:
    """Give all figures of one test set."""
    sentences = list(read_source(source, folders, cutter(nlp), Counter()))
    figures = score(nlp, sentences)
    if source.names:
        figures |= score_names(nlp, sentences)
    return figures


def table(columns: dict[str, Figures]) -> str:
    """Set figures as Markdown: a row a figure, a column a test set."""
    rows = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for row in rows:
        cells = (f"{f[row]:.1f}" if row in f else "–" for f in columns.values())
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(folder: Path, folders: Sequence[Path], own: Path) -> str:
    """Measure the pipeline in a folder on all test sets of its language."""
    start = time.perf_counter()
    nlp = read_pipeline(folder)
    loaded = time.perf_counter() - start
    columns = {s.title: measure(nlp, s, folders) for s in sources(nlp.lang, "test")}
    own_file = own / f"names-{nlp.lang}.jsonl"
    texts = [text for text, _ in _own_sentences(own_file)] * 4
    weights = folder.parent / WEIGHTS  # of the accurate pipelines, which share them
    files = (*folder.rglob("*"), *weights.rglob("*"))
    size = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
    parts = [table(columns), table({"our own sentences": name_recall(nlp, own_file)})]
    pace = speed(nlp, texts)
    return "\n\n".join(
        [*parts, f"{size:.1f} MB, loaded in {loaded:.1f} s, {pace:.0f} words a second"]
    )


def write_card(folder: Path, text: str) -> None:
    """Put the figures into the pipeline's model card, between its two markers.

    Raises
    ------
    InputError
        If the folder has no card, or the card no markers.
    """
    card = folder / "README.md"
    whole = "\n".join(line for _, line in read_lines(card))
    head, begin, rest = whole.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise InputError(f"{card}: lacks the lines {BEGIN} and {END} that figures go between")
    card.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", "utf8")


@click.command(help=__doc__)
@click.argument("pipelines", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@click.option("--own", default=Path("tests/data"), type=click.Path(path_type=Path),
              show_default=True, help="Folder of names-pt.jsonl and names-en.jsonl.")  # fmt: skip
@click.option("--write", is_flag=True, help="Put the figures into each pipeline's README.md too.")
def main(pipelines: tuple[Path, ...], data: tuple[Path, ...], own: Path, write: bool) -> None:
    """Measure pipelines."""
    try:
        for folder in pipelines:
            text = report(folder, data, own)
            click.echo(f"## {folder}\n\n{text}\n")
            if write:
                write_card(folder, text)
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
