"""Fit the network that ranks antecedents (``kg/antecedent_scorer.py``).

    python -m training.antecedent_network --gold FILE… --to FOLDER

Learns from what ``training/antecedents.py`` learns from, whose trees make the choices that come earlier
in an article. Needs PyTorch and ONNX. The words' vectors stay as the pipelines give them. All candidates
of an anaphor and nobody share one softmax; what is taught is the sum over those who are meant. By
cross-validation over documents it says what would be chosen, and finds the temperature at which
probabilities are most nearly right (Guo et al., "On calibration of modern neural networks", ICML 2017).
The networks of the parts are left in FOLDER/parts, for what is trained on the claims of the same articles.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kg.antecedent_scorer import vectors
from kg.antecedents import load_ranker
from kg.boosted_trees import feature_matrix
from training.antecedents import RARE, Choice, Example, examples, report
from training.arguments import (
    FOLDS,
    Parsed,
    documents,
    fold_of,
    own_documents,
    own_extractor,
    parsed,
)
from training.described import write_described

__all__ = [
    "Anaphors",
    "AntecedentNetwork",
    "cross_fitted",
    "cross_validated",
    "export",
    "fit",
    "main",
]

SEED = 1
NARROW, HIDDEN, NOBODYS = 64, 128, 64  # widths: projected vectors, hidden layers, that of nobody
DROPOUT = 0.3
EPOCHS, BATCH, RATE, DECAY, WARM = 8, 64, 1e-3, 0.05, 50
TEMPERATURES = tuple(0.8 + 0.1 * n for n in range(18))
NEVER = -1e4  # score of what is no candidate


class AntecedentNetwork(nn.Module):
    """Scores of an anaphor's candidates and of nobody.

    Parameters
    ----------
    mean, deviation
        Of the features, by which they are made alike in scale (features,).
    width
        Of the words' vectors.
    """

    def __init__(self, mean: Tensor, deviation: Tensor, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.register_buffer("temperature", torch.ones(()))
        self.anaphor = nn.ModuleList(nn.Linear(width, NARROW) for _ in range(3))
        self.candidate = nn.ModuleList(nn.Linear(width, NARROW) for _ in range(2))
        self.drop = nn.Dropout(DROPOUT)
        self.score = _layers(len(mean) + 7 * NARROW, HIDDEN, HIDDEN)
        self.nobody = _layers(len(mean) + 3 * NARROW, NOBODYS)

    def forward(
        self, anaphor: Tensor, candidates: Tensor, features: Tensor, mask: Tensor
    ) -> Tensor:
        """Log-probabilities (anaphors, candidates + 1) of vectors, features and who is there at all.

        Shapes: (anaphors, 3, width), (anaphors, candidates, 2, width), (…, features), (…).
        """
        features = (features - self.mean) / self.deviation
        anaphor, candidates = self.drop(anaphor), self.drop(candidates)
        own = [layer(anaphor[:, n]) for n, layer in enumerate(self.anaphor)]
        others = [layer(candidates[:, :, n]) for n, layer in enumerate(self.candidate)]
        wide = [part.unsqueeze(1).expand_as(others[0]) for part in own]
        alike = [one * other for one, other in zip(wide, others, strict=False)]
        scores = self.score(torch.cat([features, *wide, *others, *alike], -1)).squeeze(-1)
        present = mask.unsqueeze(-1)
        common = (features * present).sum(1) / present.sum(1)
        nobody = self.nobody(torch.cat([common, *own], -1))
        scores = torch.cat([scores.masked_fill(~mask, NEVER), nobody], 1)
        return functional.log_softmax(scores / self.temperature, -1)


def _layers(*widths: int) -> nn.Sequential:
    """Hidden layers of these widths over the first, and one score."""
    made: list[nn.Module] = []
    for one, other in pairwise(widths):
        made += [nn.Linear(one, other), nn.GELU(), nn.Dropout(DROPOUT)]
    return nn.Sequential(*made, nn.Linear(widths[-1], 1))


@dataclass(frozen=True, slots=True)
class Anaphors:
    """Anaphors with a known antecedent, padded to the most candidates that one of them has.

    Vectors in 16 bits; ``right`` is (anaphors, candidates + 1), the last column that of nobody.
    """

    anaphor: Tensor
    candidates: Tensor
    features: Tensor
    mask: Tensor
    right: Tensor
    weight: Tensor

    @classmethod
    def of(
        cls,
        found: Sequence[Example],
        names: Sequence[str],
        words: Mapping[int, NDArray[np.float32]],
    ) -> Anaphors:
        """Of *found*, with the vectors of the *words* of their documents."""
        most = max(len(e.rows) for e in found)
        given = [vectors(e.places, words[e.document]) for e in found]
        width = given[0][0].shape[-1]
        candidates = torch.zeros(len(found), most, 2, width, dtype=torch.float16)
        features = torch.zeros(len(found), most, len(names))
        right = torch.zeros(len(found), most + 1)
        for n, (example, (_, both)) in enumerate(zip(found, given, strict=True)):
            size = len(example.rows)
            candidates[n, :size] = torch.from_numpy(both).half()
            features[n, :size] = torch.from_numpy(feature_matrix(names, example.rows).copy())
            right[n, :size] = torch.tensor(example.right, dtype=torch.float)
            right[n, most] = float(not any(example.right))
        sizes = torch.tensor([len(e.rows) for e in found])
        return cls(
            torch.from_numpy(np.stack([own for own, _ in given])).half(), candidates, features,
            torch.arange(most) < sizes.unsqueeze(1), right,
            torch.tensor([e.weight for e in found]),
        )  # fmt: skip

    def part(self, rows: Sequence[int]) -> Anaphors:
        """Some of them."""
        index = torch.tensor(rows)
        return Anaphors(*(getattr(self, name)[index] for name in self.__slots__))

    def judged(self, network: AntecedentNetwork) -> Tensor:
        """Log-probabilities by *network*."""
        found: Tensor = network(
            self.anaphor.float(), self.candidates.float(), self.features, self.mask
        )
        return found

    def loss(self, scores: Tensor) -> Tensor:
        """Mean over the anaphors, by their weight, of what is lacking to certainty."""
        return -(
            torch.logsumexp(scores.masked_fill(self.right == 0, NEVER), -1) * self.weight
        ).mean()


def fit(known: Anaphors, seed: int = SEED) -> AntecedentNetwork:
    """A network that has learned *known*."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    there = known.features[known.mask]
    network = AntecedentNetwork(there.mean(0), there.std(0) + 1e-3, known.anaphor.shape[-1])
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    order = list(range(len(known.weight)))
    steps, step = EPOCHS * math.ceil(len(order) / BATCH), 0
    network.train()
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for start in range(0, len(order), BATCH):
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, (step + 1) / WARM) * (1 - step / steps)
            part = known.part(order[start : start + BATCH])
            optimizer.zero_grad()
            part.loss(part.judged(network)).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
    return network.eval()


def cross_fitted(known: Anaphors, folds: Sequence[int]) -> dict[int, AntecedentNetwork]:
    """By part of the cross-validation a network that has seen the other parts only."""
    return {
        part: fit(known.part([n for n, own in enumerate(folds) if own != part]))
        for part in sorted(set(folds))
    }


@torch.no_grad()
def cross_validated(
    known: Anaphors, folds: Sequence[int], networks: Mapping[int, AntecedentNetwork]
) -> Tensor:
    """Log-probabilities of *known*, each by the network that has not seen it."""
    found = torch.zeros_like(known.right)
    for part, network in networks.items():
        own = [n for n, other in enumerate(folds) if other == part]
        found[own] = known.part(own).judged(network)
    return found


def calibrated(known: Anaphors, scores: Tensor) -> float:
    """The temperature at which *scores* tell best how likely they are right."""
    losses = {t: float(known.loss(functional.log_softmax(scores / t, -1))) for t in TEMPERATURES}
    return min(losses, key=lambda t: losses[t])


def choices(found: Sequence[Example], scores: Tensor) -> Iterator[Choice]:
    """What would be chosen for each of *found*."""
    for example, row in zip(found, scores.exp().tolist(), strict=True):
        n = max(range(len(example.rows)), key=lambda k: row[k])
        yield Choice(example, row[n], example.right[n])


class Exported(nn.Module):
    """One anaphor: vectors (3, width), (n, 2, width), features (n, …) → probabilities (n,)."""

    def __init__(self, network: AntecedentNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, anaphor: Tensor, candidates: Tensor, features: Tensor) -> Tensor:
        """What the program asks."""
        mask = torch.ones_like(features[:, 0], dtype=torch.bool).unsqueeze(0)
        found: Tensor = self.network(
            anaphor.unsqueeze(0), candidates.unsqueeze(0), features.unsqueeze(0), mask
        )
        return found.exp()[0, :-1]


def export(network: AntecedentNetwork, names: Sequence[str], folder: Path) -> None:
    """Write ``antecedents.onnx`` and ``antecedents.json`` to *folder*."""
    width = network.anaphor[0].in_features
    sample = {
        "anaphor": torch.zeros(3, width), "candidates": torch.zeros(4, 2, width),
        "features": torch.zeros(4, len(names)),
    }  # fmt: skip
    axes = {name: {0: "n"} for name in ("candidates", "features", "probabilities")}
    described = {"features": list(names), "width": width}
    path = folder / "antecedents.onnx"
    write_described(Exported(network), path, sample, "probabilities", axes, described)


def known_examples(data: Sequence[Parsed]) -> list[Example]:
    """The anaphors of *data* whose antecedent is known; earlier choices are those of the program's trees."""
    trees = [load_ranker().trees] * FOLDS
    return [e for e in examples(data, own_extractor(), trees) if e.gold is not None and e.rows]


def train(data: Sequence[Parsed], folder: Path) -> list[Choice]:
    """Measure by cross-validation, fit on all, write to *folder*; the choices of the former."""
    found = known_examples(data)
    counts = Counter(name for e in found for row in e.rows for name, v in row.items() if v)
    names = tuple(sorted(name for name, count in counts.items() if count >= RARE))
    words = {number: doc.tensor.astype(np.float32) for number, (_, _, doc) in enumerate(data)}
    known = Anaphors.of(found, names, words)
    folds = [fold_of(data[e.document][0]) for e in found]
    networks = cross_fitted(known, folds)
    scores = cross_validated(known, folds, networks)
    temperature = calibrated(known, scores)
    for place, network in [
        (folder, fit(known)),
        *((folder / "parts" / str(part), network) for part, network in networks.items()),
    ]:
        network.temperature.fill_(temperature)
        place.mkdir(parents=True, exist_ok=True)
        export(network, names, place)
    click.echo(f"{len(found)} anaphors, {len(names)} features, temperature {temperature:.1f}")
    return list(choices(found, functional.log_softmax(scores / temperature, -1)))


@click.command(help=__doc__)
@click.option("--gold", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="More annotated articles; may be given again.")  # fmt: skip
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="Folder for antecedents.onnx and antecedents.json.")  # fmt: skip
def main(gold: tuple[Path, ...], to: Path) -> None:
    """Gather, measure, fit, write."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    data = list(parsed([*own_documents(), *documents(gold)]))
    click.echo("\n".join(report(train(data, to))))


if __name__ == "__main__":
    main()
