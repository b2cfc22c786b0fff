"""Train a language's pipeline: ``python -m training.train pt --data DIR --out DIR``.

Three steps, each of which can be run alone with ``--part``: the syntax components, the name
recogniser, and putting both together. Runs on one core; everything random is seeded.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import spacy
from spacy.cli.train import train
from spacy.language import Language
from spacy.pipeline.edit_tree_lemmatizer import EditTreeLemmatizer
from spacy.tokens import Doc, DocBin
from thinc.api import Config, NumpyOps, set_current_ops

from kg.errors import KgError
from training.augment import Augmenter
from training.corpora import cutter, documents, misaligned, pieces_of
from training.options import data_option
from training.silver import read_silver
from training.sources import read_source, sources
from training.surface import Sentence
from training.templates import fill_templates

__all__ = ["assemble", "convert", "main"]

PARTS = ("syntax", "names")
STEPS = {"syntax": 5500, "names": 3500}
TEMPLATE_FILLS = {"en": 120, "pt": 40}  # about a quarter of the sentences
SILVER_COPIES = (0, 1)
SEED = 20_251
_HERE = Path(__file__).parent


def training_sentences(
    lang: str,
    part: str,
    folders: Sequence[Path],
    nlp: Language,
    counts: Counter[str],
    silver: Path | None = None,
) -> Iterator[Sentence]:
    """Yield a part's training sentences: originals, altered copies and filled templates.

    ``silver`` is a file of sentences that a teacher labelled (`training.distill`); beside it names
    get fewer copies of the gold sentences and fewer fillings of the templates. Tags and lemmas are
    learnt from gold alone, so syntax keeps all of them.
    """
    chance = random.Random(SEED)
    augmenter = Augmenter(lang, chance, lambda text: pieces_of(nlp, text))
    for source in sources(lang, "train"):
        if part in source.use:
            sentences = list(read_source(source, folders, cutter(nlp), counts))
            yield from sentences
            times = source.copies[PARTS.index(part)]
            halved = silver is not None and part == "names"
            yield from _copies(sentences, times // 2 if halved else times, augmenter)
    if part == "names":
        fills = TEMPLATE_FILLS[lang] // (4 if silver else 1)
        yield from fill_templates(lang, fills, chance, augmenter.pieces)
    if silver:
        taught = list(read_silver(silver))
        counts["tokens labelled by the teacher"] = sum(len(s.tokens) for s in taught)
        yield from taught
        yield from _copies(taught, SILVER_COPIES[PARTS.index(part)], augmenter)


def _copies(sentences: list[Sentence], times: int, augmenter: Augmenter) -> Iterator[Sentence]:
    """Yield altered copies; a sentence that a copy leaves as it was is not repeated."""
    for _ in range(times):
        altered = (augmenter.copy(sentence) for sentence in sentences)
        yield from (new for new, old in zip(altered, sentences, strict=True) if new != old)


def convert(
    lang: str, part: str, folders: Sequence[Path], out: Path, silver: Path | None = None
) -> Counter[str]:
    """Write a part's training and development documents in spaCy's binary format.

    Returns
    -------
    Counter
        What was merged, mended, cut otherwise by the tokenizer or left out.
    """
    nlp = spacy.blank(lang)
    counts: Counter[str] = Counter()
    sentences = training_sentences(lang, part, folders, nlp, counts, silver)
    train_docs = _shuffled(_docs(nlp, sentences, part))
    misaligned(nlp, train_docs, counts)
    DocBin(docs=train_docs, store_user_data=False).to_disk(out / f"{part}-train.spacy")
    held = (s for s in held_out(lang, folders, nlp) if part == "names" or _known(s))
    DocBin(docs=_docs(nlp, held, part)).to_disk(out / f"{part}-dev.spacy")
    return counts


def _known(sentence: Sentence) -> bool:
    """Whether all heads are known: spaCy's scorer confuses those of one document with others'."""
    return all(token.head is not None for token in sentence.tokens)


def held_out(lang: str, folders: Sequence[Path], nlp: Language) -> Iterator[Sentence]:
    """Yield the development sentences, never trained on."""
    for source in sources(lang, "dev"):
        yield from read_source(source, folders, cutter(nlp), Counter())


def _docs(nlp: Language, sentences: Iterator[Sentence], part: str) -> list[Doc]:
    return list(documents(nlp, sentences, random.Random(SEED), names=part == "names"))


def _shuffled(docs: list[Doc]) -> list[Doc]:
    random.Random(SEED).shuffle(docs)
    return docs


def fit(lang: str, part: str, out: Path, steps: int, rate: float | None = None) -> None:
    """Train one part from its converted documents; the best weights go to ``<part>/model-best``.

    With a ``rate`` (of learning, at the start) it goes on from the weights that are there.
    """
    # numpy's own matrix product is several times as fast on one core as thinc's default, BLIS.
    set_current_ops(NumpyOps(use_blis=False))
    config = Config().from_disk(_HERE / f"{part}.cfg", interpolate=False)
    config["nlp"]["lang"] = lang
    config["paths"] = {name: str(out / f"{part}-{name}.spacy") for name in ("train", "dev")}
    config["training"]["max_steps"] = steps
    if rate is not None:
        _resume(config, out / part / "model-best", rate)
    path = out / f"{part}.cfg"
    config.to_disk(path)
    train(path, out / (part if rate is None else f"{part}-resumed"))


def _resume(config: Config, model: Path, rate: float) -> None:
    """Take all components from a trained pipeline and begin at another rate of learning."""
    for name in config["nlp"]["pipeline"]:
        config["components"][name] = {"source": str(model)}
    config["training"]["optimizer"]["learn_rate"].update(initial_rate=rate, warmup_steps=20)
    config["initialize"] = {"after_init": {"@callbacks": "kg.restore_lemma_labels.v1"}}


@spacy.registry.callbacks("kg.restore_lemma_labels.v1")  # type: ignore[untyped-decorator]
def _restoring() -> Callable[[Language], Language]:
    """Give spaCy's lemmatizer its table of labels back, which it does not read from disk."""

    def restore(nlp: Language) -> Language:
        for _, component in nlp.components:  # those that go on training count as disabled here
            if isinstance(component, EditTreeLemmatizer):
                labels: Any = component.cfg["labels"]
                component.tree2label = {tree: label for label, tree in enumerate(labels)}
        return nlp

    return restore


def assemble(lang: str, out: Path) -> Language:
    """Put the name recogniser behind the syntax components and write ``<out>/<lang>``."""
    nlp = spacy.load(_best(out, "syntax"))
    names = spacy.load(_best(out, "names"))
    nlp.add_pipe("ner", source=names)
    nlp.meta.update(name="kg", version="1.2.0", license="CC BY-SA 4.0", url="", author="", email="")
    nlp.meta["description"] = f"Universal Dependencies syntax and names for {lang}"
    nlp.config["paths"].update(train=None, dev=None)  # folders of whoever trained it
    nlp.config["initialize"]["after_init"] = None
    nlp.to_disk(out / lang)
    return nlp


def _best(out: Path, part: str) -> Path:
    resumed = out / f"{part}-resumed" / "model-best"
    return resumed if resumed.exists() else out / part / "model-best"


@click.command(help=__doc__)
@click.argument("lang")
@data_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--part", "parts", multiple=True, type=click.Choice([*PARTS, "assemble"]),
              help="Only this step; may be given again.")  # fmt: skip
@click.option("--steps", type=int, help="Updates, instead of the part's own number.")
@click.option("--rate", type=float, help="Go on from the best weights, at first at this rate.")
@click.option("--silver", type=click.Path(path_type=Path),
              help="Learn from this file of training.distill too.")  # fmt: skip
def main(
    lang: str,
    data: tuple[Path, ...],
    out: Path,
    parts: tuple[str, ...],
    steps: int | None,
    rate: float | None,
    silver: Path | None,
) -> None:
    """Train a language's pipeline."""
    try:
        for part in parts or (*PARTS, "assemble"):
            if part == "assemble":
                assemble(lang, out)
                continue
            out.mkdir(parents=True, exist_ok=True)
            for what, number in sorted(convert(lang, part, data, out, silver).items()):
                click.echo(f"{lang} {part}: {number} {what}")
            fit(lang, part, out, steps or STEPS[part], rate)
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
