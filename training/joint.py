"""Train the encoder on, so that its words' vectors tell relations as well as syntax and names.

    python -m training.joint --data DIR --run OUT --start FILE --out NEW

Goes on from a run of ``training/encoder.py``. Each update sees treebank sentences, which keep what the
encoder has learned, and stretches of annotated articles, whose candidates the network of
``training/pairs.py`` judges: it and the upper layers are trained together, as in joint models of
entities and relations (Wadden et al., "Entity, relation, and event extraction with contextualized span
representations", EMNLP 2019). Names of the articles' claims are taught as names, too.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import torch
from torch import Tensor, nn
from torch.nn import functional

from kg.encoder.pieces import Pieces
from kg.errors import KgError
from training.arguments import documents, own_documents, own_extractor, parsed
from training.corpora import runs
from training.encoder import DEV_WINDOWS, SEED, Corpus, Pace, loss_of, measure
from training.export import VECTOR_LAYERS, load_run
from training.nano import read_nano
from training.network import Network, barred
from training.options import data_option, parts_option, run_option, start_option
from training.pairs import PairNetwork, export, loss_of_pairs, padded, predict, report
from training.sources import LANGUAGES
from training.stretches import Annotated, Stretch, annotated, stretches
from training.tasks import OPEN, Batch, Labels, Numbers, batch, batches

__all__ = ["Joint", "Run", "main"]

ENCODER_RATE, HEADS_RATE, PAIRS_RATE = 5e-5, 3e-4, 5e-4
PAIRS_DROPOUT = 0.2  # less than where the vectors stay as they are: those change as well
WARM = 0.06  # of the time: the rates rise
FROZEN = 4  # layers that stay as they are, as do the vectors of the pieces
BATCH = 1200  # pieces
NAME_WEIGHT = 0.5


class Joint(nn.Module):
    """The network with all its tasks, and the one that judges candidates over its states."""

    def __init__(self, network: Network, pairs: PairNetwork) -> None:
        super().__init__()
        self.network, self.pairs = network, pairs

    def loss(self, part: Sequence[Stretch]) -> Tensor:
        """Of candidates, a mean over sentences, and of names, a mean over words."""
        made = batch([stretch.window for stretch in part])
        with torch.autocast("cpu", torch.bfloat16):
            states = self._states(made)
            output = self.network.score(states[-1], made.first, made.last)
        scores = output.tags["name"].float().flatten(0, 1)
        names = functional.cross_entropy(scores, made.tags[0].flatten(), ignore_index=OPEN)
        examples = [example for stretch in part for _, example in stretch.examples]
        if not examples:
            return NAME_WEIGHT * names
        vectors = _vectors(states, made, part)
        return loss_of_pairs(self.pairs, examples, vectors) + NAME_WEIGHT * names

    def vectors(self, part: Sequence[Stretch]) -> Tensor:
        """Those of the words of all examples (examples, words, width), padded."""
        made = batch([stretch.window for stretch in part])
        with torch.autocast("cpu", torch.bfloat16):
            states = self._states(made)
        return _vectors(states, made, part)

    def _states(self, made: Batch) -> list[Tensor]:
        encoder = self.network.encoder
        return encoder.states(encoder.pieces(made.pieces), barred(made.mask))


def _vectors(states: Sequence[Tensor], made: Batch, part: Sequence[Stretch]) -> Tensor:
    kept = torch.cat([states[number - 1] for number in VECTOR_LAYERS], -1).float()
    index = torch.stack([made.first, made.last]).unsqueeze(-1).expand(-1, -1, -1, kept.shape[-1])
    words = (kept.gather(1, index[0]) + kept.gather(1, index[1])) / 2
    return padded(
        [
            words[row, at : at + len(example.words)]
            for row, stretch in enumerate(part)
            for at, example in stretch.examples
        ]
    )


@dataclass
class Run:
    """One training run, by the clock like that of ``training/encoder.py``."""

    joint: Joint
    corpora: Sequence[Corpus]
    numbers: Numbers
    labels: Labels
    articles: Sequence[Annotated]
    tests: Sequence[Annotated]
    out: Path
    pace: Pace

    def __post_init__(self) -> None:
        self.chance = random.Random(SEED)
        network = self.joint.network
        for layer in network.encoder.layers[:FROZEN]:
            layer.requires_grad_(False)
        encoder = [p for p in network.encoder.parameters() if p.requires_grad]
        inside = set(map(id, network.encoder.parameters()))
        heads = [p for p in network.parameters() if id(p) not in inside]
        pairs = list(self.joint.pairs.parameters())
        groups = [{"params": part} for part in (encoder, heads, pairs)]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01, fused=True)

    def train(self, every: int) -> None:
        """Until the time is over; measure and save after *every* updates."""
        self.joint.train()
        trees, step = self._trees(), 0
        while self.pace() < 1:
            for part in self._parts():
                if (passed := self.pace()) >= 1:
                    break
                syntax, relations = self._update(part, next(trees), passed)
                step += 1
                if step % 25 == 0:
                    _tell(step=step, syntax=syntax, relations=relations, share=passed)
                if step % every == 0:
                    self.checkpoint()
        self.checkpoint()

    def _trees(self) -> Iterator[Batch]:
        while True:
            windows = [self.numbers.window(run) for c in self.corpora for run in c.epoch()]
            yield from batches(windows, BATCH, self.chance)

    def _parts(self) -> Iterator[list[Stretch]]:
        """Stretches of all articles once, in groups of about `BATCH` pieces, of like length."""
        found = [s for article in self.articles for s in stretches(article, self.chance)]
        found.sort(key=lambda s: (len(s.window.pieces), self.chance.random()))
        parts: list[list[Stretch]] = [[]]
        for stretch in found:
            if parts[-1] and (len(parts[-1]) + 1) * len(stretch.window.pieces) > BATCH:
                parts.append([])
            parts[-1].append(stretch)
        self.chance.shuffle(parts)
        _tell(articles=len(self.articles), stretches=len(found), batches=len(parts))
        yield from parts

    def _update(self, part: Sequence[Stretch], made: Batch, passed: float) -> tuple[float, float]:
        share = min(passed / WARM, max(1 - passed, 0.01))
        rates = ENCODER_RATE, HEADS_RATE, PAIRS_RATE
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        self.optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            syntax = loss_of(self.joint.network, made)
        syntax.backward()  # type: ignore[no-untyped-call]
        relations = self.joint.loss(part)
        relations.backward()  # type: ignore[no-untyped-call]
        for group in self.optimizer.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
        self.optimizer.step()
        return float(syntax.detach()), float(relations.detach())

    def checkpoint(self) -> None:
        """Measure on the development parts and the test articles, save the weights."""
        for corpus in self.corpora:
            part = runs(corpus.dev, random.Random(SEED))
            dev = [self.numbers.window(run) for run in part][:DEV_WINDOWS]
            _tell(lang=corpus.lang, **measure(self.joint.network, dev, self.labels))
        for line in self.judged():
            click.echo(line)
        torch.save(self.joint.network.state_dict(), self.out / "final.pt")
        torch.save(self.joint.pairs.state_dict(), self.out / "pairs.pt")

    @torch.no_grad()
    def judged(self) -> Iterator[str]:
        """How the candidates of the test articles are judged."""
        self.joint.eval()
        found, scores = [], []
        for article in self.tests:
            for stretch in stretches(article, random.Random(SEED)):
                vectors = self.joint.vectors([stretch]) if stretch.examples else torch.zeros(0)
                for n, (_, example) in enumerate(stretch.examples):
                    own = vectors[n : n + 1, : len(example.words)]
                    found.append(example)
                    scores.append(predict(self.joint.pairs, example, own))
        self.joint.train()
        if found:
            yield from report(found, scores)


def _tell(**values: object) -> None:
    shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in values.items()}
    click.echo(json.dumps(shown))


@click.command(help=__doc__)
@data_option
@run_option
@start_option
@click.option("--gold", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="More annotated articles; may be given again.")  # fmt: skip
@click.option("--test", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="Annotated articles to measure with.")  # fmt: skip
@click.option("--pairs", type=click.Path(path_type=Path, exists=True),
              help="Weights that the network of candidates begins with, as this writes them.")  # fmt: skip
@parts_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--minutes", type=float, default=65, show_default=True, help="Time to train.")
@click.option("--every", default=150, show_default=True, help="Updates between two measurements.")
def main(
    data: tuple[Path, ...], run: Path, start: Path, gold: tuple[Path, ...], test: tuple[Path, ...],
    pairs: Path | None, parts: Path | None, out: Path, minutes: float, every: int,
) -> None:  # fmt: skip
    """Gather, train, measure, write."""
    try:
        torch.set_num_threads(1)
        torch.manual_seed(SEED)
        extractor = own_extractor(parts)
        relations = sorted(extractor.ontology.relations)
        network, labels = load_run(run, read_nano(start), "final.pt")
        numbers = Numbers(labels, Pieces(run / "pieces.model"))
        articles, tests = (
            list(annotated(parsed(list(found)), extractor, relations, numbers))
            for found in ([*own_documents(), *documents(gold)], documents(test))
        )
        out.mkdir(parents=True, exist_ok=True)
        for name in ("pieces.model", "labels.json"):
            shutil.copy(run / name, out / name)
        width = len(VECTOR_LAYERS) * network.tags.in_features
        joint = Joint(network, PairNetwork(width, len(relations), PAIRS_DROPOUT))
        if pairs:
            joint.pairs.load_state_dict(torch.load(pairs))
        corpora = [Corpus(lang, data, random.Random(SEED)) for lang in LANGUAGES]
        Run(joint, corpora, numbers, labels, articles, tests, out, Pace(minutes)).train(every)
        export(joint.pairs, relations, out)
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
