"""Fit the network that says which mentions a relation word relates (``kg/pair_scorer.py``).

    python -m training.pairs --gold FILE… --start NEW/pairs.pt --to OUT

Learns from the articles that ``training/arguments.py`` learns from, and from the annotated FILEs. Needs
PyTorch and ONNX, like the training of the encoder. The words' vectors stay as the pipelines give them;
over them stand a few layers of attention that see the tree's links (after Shaw et al., "Self-attention
with relative position representations", NAACL 2018) and one hidden layer over subject, object and trigger.

A sentence states a triple if one of its candidates does: the likeliest one is taught (multiple-instance
learning, as in ``training/arguments.py``). Related pairs whose evidence lies elsewhere are left out.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kg.extraction import Extractor
from kg.names import fold
from kg.ontology import Ontology
from kg.pair_features import (
    PAIR_FEATURES,
    TREE_LINKS,
    SentencePairs,
    sentence_pairs,
    word_features,
)
from training.arguments import (
    Parsed,
    claim_of,
    documents,
    own_documents,
    own_extractor,
    parsed,
)
from training.described import write_described
from training.options import parts_option

__all__ = [
    "Example",
    "PairNetwork",
    "example_of",
    "examples",
    "export",
    "fit",
    "loss_of_pairs",
    "main",
    "padded",
    "predict",
    "report",
]

SIZE, HIDDEN, HEADS, LAYERS = 192, 128, 6, 2
DROPOUT, RATE, DECAY, BATCH, WARM = 0.3, 1e-3, 0.05, 16, 50
SEED = 3
BARRED = -1e4  # added to the attention to padding


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with candidates: the network's inputs, and for each triple what is right.

    ``labels`` (triples,) is 1 where the article states it here; ``weights`` 0 where it does elsewhere.
    """

    document: str
    vectors: NDArray[np.float16]
    words: NDArray[np.float32]
    links: NDArray[np.int8]
    places: NDArray[np.int64]
    features: NDArray[np.float32]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]


def examples(
    parsed: Iterable[Parsed],
    extractor: Extractor,
    relations: Sequence[str],
) -> Iterator[Example]:
    """The sentences with candidates of annotated articles, given with their ``Doc``s."""
    for data, article, doc in parsed:
        matcher = extractor.matcher(article, doc)
        for pairs in sentence_pairs(matcher, relations):
            yield example_of(data, doc, pairs, extractor.ontology)


def example_of(
    data: Mapping[str, Any], doc: Any, pairs: SentencePairs, ontology: Ontology
) -> Example:
    """The candidates of a sentence, and which of their triples the annotation states there."""
    start, end = pairs.start, pairs.end
    span = doc[start].idx, doc[end - 1].idx + len(doc[end - 1])
    names = {anchor.iri: _name(anchor) for anchor in pairs.anchors.all}
    labels, weights = [], []
    for one, relation, other in pairs.triples:
        claim, elsewhere = claim_of((names[one], relation, names[other]), span, data, ontology)
        labels.append(float(claim >= 0 and not elsewhere))
        weights.append(float(not elsewhere))
    return Example(
        str(data["id"]),
        np.asarray(doc.tensor[start:end], np.float16),
        pairs.words,
        pairs.links.astype(np.int8),
        pairs.places,
        pairs.features,
        np.array(labels, np.float32),
        np.array(weights, np.float32),
    )


def _name(anchor: Any) -> str:
    entity = anchor.found.mention.entity
    return fold(entity.name) if entity is not None else ""


class Layer(nn.Module):
    """Attention with a bias for each link of the tree, and two linear maps, normed before."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.attend_norm, self.inner_norm = nn.LayerNorm(SIZE), nn.LayerNorm(SIZE)
        self.attend_in, self.attend_out = nn.Linear(SIZE, 3 * SIZE), nn.Linear(SIZE, SIZE)
        self.inner, self.outer = nn.Linear(SIZE, 2 * SIZE), nn.Linear(2 * SIZE, SIZE)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Map (batch, words, size) to the same; ``bias`` is (batch, heads, words, words)."""
        batch, length, _ = hidden.shape
        parts = self.attend_in(self.attend_norm(hidden)).view(
            batch, length, 3, HEADS, SIZE // HEADS
        )
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(-1, -2)) * (SIZE // HEADS) ** -0.5 + bias
        found = self.dropout(weights.softmax(-1)) @ value
        found = found.transpose(1, 2).reshape(batch, length, SIZE)
        hidden = hidden + self.dropout(self.attend_out(found))
        inner = functional.gelu(self.inner(self.inner_norm(hidden)))
        return hidden + self.dropout(self.outer(inner))  # type: ignore[no-any-return]


class PairNetwork(nn.Module):
    """Scores candidates of a batch of sentences."""

    def __init__(self, width: int, relations: int, dropout: float = DROPOUT) -> None:
        super().__init__()
        self.vectors_norm, self.vectors = nn.LayerNorm(width), nn.Linear(width, SIZE)
        self.words = nn.Linear(word_features(relations), SIZE)
        self.links = nn.Embedding(TREE_LINKS, HEADS)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(SIZE)
        # the five places of a candidate: subject, its first word, object, its first word, trigger
        self.ends = nn.ModuleList(nn.Linear(SIZE, HIDDEN) for _ in range(5))
        self.products = nn.ModuleList(nn.Linear(SIZE, HIDDEN) for _ in range(4))
        self.relation = nn.Embedding(relations, HIDDEN)
        self.relation_product = nn.Embedding(relations, HIDDEN)
        self.features = nn.Linear(PAIR_FEATURES, HIDDEN)
        self.hidden, self.score = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 1)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.links.weight)

    def forward(
        self, vectors: Tensor, words: Tensor, links: Tensor, barred: Tensor, places: Tensor,
        features: Tensor,
    ) -> Tensor:  # fmt: skip
        """Give a logit for each candidate.

        ``vectors`` (batch, words, width), ``words`` (batch, words, features), ``links`` (batch, words,
        words), ``barred`` (batch, words) is added to the attention; ``places`` (candidates, 6) are the
        five words, counted through the batch, and the relation; ``features`` (candidates, features).
        """
        hidden = self.vectors(self.dropout(self.vectors_norm(vectors))) + self.words(words)
        bias = self.links(links).permute(0, 3, 1, 2) + barred[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, bias)
        rows = self.norm(hidden).reshape(-1, SIZE)
        ends = [end(rows)[places[:, n]] for n, end in enumerate(self.ends)]
        products = [product(rows)[places[:, n]] for n, product in enumerate(self.products)]
        relation = places[:, 5]
        mixed = sum(ends) + self.relation(relation) + self.features(features)
        both = (products[0] + products[1]) * (products[2] + products[3])
        mixed = functional.gelu(self.dropout(mixed + both * self.relation_product(relation)))
        mixed = mixed + functional.gelu(self.hidden(mixed))
        return self.score(self.dropout(mixed)).squeeze(-1)  # type: ignore[no-any-return]


def padded(rows: Sequence[Tensor]) -> Tensor:
    """Matrices of the same width, side by side, with zeros below the shorter ones."""
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True)


def _batch(found: Sequence[Example], vectors: Tensor | None = None) -> tuple[list[Tensor], Tensor]:
    """The network's inputs, and each candidate's triple, counted through the batch."""
    size, count = max(len(e.words) for e in found), len(found)
    words = np.zeros((count, size, found[0].words.shape[1]), np.float32)
    links = np.zeros((count, size, size), np.int64)
    barred = np.full((count, size), BARRED, np.float32)
    places, triples, before = [], [], 0
    for n, example in enumerate(found):
        length = len(example.words)
        words[n, :length] = example.words
        links[n, :length, :length], barred[n, :length] = example.links, 0
        places.append(example.places[:, :6] + np.array([n * size] * 5 + [0]))
        triples.append(example.places[:, 6] + before)
        before += len(example.labels)
    if vectors is None:
        vectors = padded([torch.from_numpy(e.vectors.astype(np.float32)) for e in found])
    features = np.concatenate([example.features for example in found])
    arrays = [words, links, barred, np.concatenate(places), features]
    inputs = [vectors, *(torch.from_numpy(array) for array in arrays)]
    return inputs, torch.from_numpy(np.concatenate(triples))


def _likeliest(logits: Tensor, triples: Tensor, count: int) -> Tensor:
    return torch.full((count,), BARRED).scatter_reduce(0, triples, logits, "amax")


def fit(network: PairNetwork, found: Sequence[Example], epochs: int, rate: float = RATE) -> None:
    """Train *network*; the rate rises for `WARM` steps and falls to zero."""
    chance, found = random.Random(SEED), list(found)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=DECAY)
    steps, step = epochs * math.ceil(len(found) / BATCH + 1), 0
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for part in _batches(found, chance):
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1, step / WARM) * (1 - step / steps)
            step += 1
            loss = loss_of_pairs(network, part)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
        click.echo(f"epoch {epoch + 1}: loss {total * BATCH / len(found):.4f}")
    network.eval()


def _batches(found: list[Example], chance: random.Random) -> list[list[Example]]:
    """*found* in random batches, each of sentences that are about equally long."""
    chance.shuffle(found)
    stretch = 50 * BATCH
    parts = [
        sorted(found[at : at + stretch], key=lambda example: len(example.words))
        for at in range(0, len(found), stretch)
    ]
    batches = [part[at : at + BATCH] for part in parts for at in range(0, len(part), BATCH)]
    chance.shuffle(batches)
    return batches


def loss_of_pairs(
    network: PairNetwork, part: Sequence[Example], vectors: Tensor | None = None
) -> Tensor:
    """Of each triple's likeliest candidate, summed; a mean over sentences.

    ``vectors`` (sentences, words, width) stand for those of the examples.
    """
    labels = torch.from_numpy(np.concatenate([example.labels for example in part]))
    weights = torch.from_numpy(np.concatenate([example.weights for example in part]))
    inputs, triples = _batch(part, vectors)
    logits = _likeliest(network(*inputs), triples, len(labels))
    errors = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return (errors * weights).sum() / len(part)


@torch.no_grad()
def predict(
    network: PairNetwork, example: Example, vectors: Tensor | None = None
) -> NDArray[np.float32]:
    """The probability of each triple of a sentence, given its ``vectors`` (1, words, width)."""
    inputs, triples = _batch([example], vectors)
    logits = _likeliest(network(*inputs), triples, len(example.labels))
    found: NDArray[np.float32] = torch.sigmoid(logits).numpy()
    return found


def report(found: Sequence[Example], scores: Sequence[NDArray[np.float32]]) -> Iterator[str]:
    """Of sentences that were not learned from: how many triples are right by probability."""
    weights = np.concatenate([example.weights for example in found])
    labels = np.concatenate([example.labels for example in found])[weights > 0]
    likely = np.concatenate(scores)[weights > 0]
    for low in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1):
        inside = labels[(low <= likely) & (likely < low + 0.1 + (low == 0.9))]
        yield f"  {low:.1f} to {low + 0.1:.1f}: {int(inside.sum())} of {len(inside)} right"
    ranked = labels[np.argsort(-likely, kind="stable")]
    right = ranked.cumsum()
    mean = float((right / np.arange(1, len(ranked) + 1))[ranked > 0].mean())
    yield f"  stated at all: {int(right[-1])}; average precision {mean:.3f}"


class Exported(nn.Module):
    """The network for one sentence."""

    def __init__(self, network: PairNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, vectors: Tensor, words: Tensor, links: Tensor, places: Tensor, features: Tensor
    ) -> Tensor:
        """Logits (candidates,); inputs as for `PairNetwork`, without the batch."""
        barred = torch.zeros_like(words[:, 0])
        given = (vectors[None], words[None], links[None], barred[None], places, features)
        return self.network(*given)  # type: ignore[no-any-return]


def export(network: PairNetwork, relations: Sequence[str], folder: Path) -> None:
    """Write ``pairs.onnx`` and ``pairs.json`` to *folder*."""
    width = network.vectors.in_features
    words = word_features(len(relations))
    sample = {
        "vectors": torch.zeros(7, width), "words": torch.zeros(7, words),
        "links": torch.zeros(7, 7, dtype=torch.int64), "places": torch.zeros(3, 6, dtype=torch.int64),
        "features": torch.zeros(3, PAIR_FEATURES),
    }  # fmt: skip
    axes = {
        "vectors": {0: "n"}, "words": {0: "n"}, "links": {0: "n", 1: "n"}, "places": {0: "c"},
        "features": {0: "c"}, "logits": {0: "c"},
    }  # fmt: skip
    described = {"relations": list(relations), "width": width}
    write_described(Exported(network), folder / "pairs.onnx", sample, "logits", axes, described)


@click.command(help=__doc__)
@click.option("--gold", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="More annotated articles; may be given again.")  # fmt: skip
@click.option("--test", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="Annotated articles to measure with.")  # fmt: skip
@click.option("--start", multiple=True, type=click.Path(path_type=Path, exists=True),
              help="Weights (pairs.pt) to go on from; of several the mean.")  # fmt: skip
@parts_option
@click.option("--epochs", default=3, show_default=True, help="None: write what is begun with.")
@click.option("--rate", default=RATE, show_default=True, help="Rate of learning at its highest.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="Folder for pairs.onnx, pairs.json and the weights, pairs.pt.")  # fmt: skip
def main(
    gold: tuple[Path, ...], test: tuple[Path, ...], start: tuple[Path, ...], parts: Path | None,
    epochs: int, rate: float, to: Path,
) -> None:  # fmt: skip
    """Gather, fit, measure, write."""
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.manual_seed(SEED)
    extractor = own_extractor(parts)
    relations = sorted(extractor.ontology.relations)
    data = [*own_documents(), *documents(gold)]
    found = list(examples(parsed(data), extractor, relations))
    click.echo(f"{len(data)} documents, {len(found)} sentences with candidates")
    network = PairNetwork(found[0].vectors.shape[1], len(relations))
    if start:
        states = [torch.load(path) for path in start]
        mean = {name: sum(s[name] for s in states) / len(states) for name in states[0]}
        network.load_state_dict(mean)
    fit(network, found, epochs, rate)
    if test:
        tests = parsed(list(documents(test)))
        seen = list(examples(tests, own_extractor(), relations))
        click.echo("\n".join(report(seen, [predict(network, one) for one in seen])))
    to.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), to / "pairs.pt")
    export(network, relations, to)


if __name__ == "__main__":
    main()
