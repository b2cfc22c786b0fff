"""The network of the encoder pipeline: a BERT encoder and, over the words' pieces, all tasks.

The encoder is that of Devlin et al. (NAACL 2019); a word is the mean of its first and last piece.
Heads and relations are biaffine (Dozat and Manning, ICLR 2017); place 0 of the heads is the root.
Everything else is one linear layer a task.

Treebanks differ in how they draw trees. Each has a vector of its own that is added to the words before
heads and relations are scored; that of the treebanks whose trees are wanted is nothing, and the only one in
use (after Stymne et al., "Parser training with heterogeneous treebanks", ACL 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.nano import Nano

__all__ = ["Encoder", "Network", "Output", "Sizes", "barred"]

ARC_WIDTH, RELATION_WIDTH = 384, 128
STYLES = 12  # places for treebanks


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many labels each task has; ``tags`` holds the linear ones by name."""

    tags: dict[str, int]
    relations: int


class Layer(nn.Module):
    """One layer: attention and two linear maps, each with what came in added and normed."""

    def __init__(self, nano: Nano, number: int, dropout: float) -> None:
        super().__init__()
        width = nano.width
        self.heads = nano.heads
        self.attend_in = nn.Linear(width, 3 * width)
        self.attend_out = nn.Linear(width, width)
        self.attend_norm = nn.LayerNorm(width, nano.epsilon)
        self.inner = nn.Linear(width, nano.inner)
        self.outer = nn.Linear(nano.inner, width)
        self.outer_norm = nn.LayerNorm(width, nano.epsilon)
        self.dropout = nn.Dropout(dropout)
        self._load(nano, f"l{number}")

    def _load(self, nano: Nano, name: str) -> None:
        part = {key: torch.tensor(value) for key, value in nano.tensors.items()}
        names = {"attend_out": "ao", "attend_norm": "aln", "inner": "fi", "outer": "fo",
                 "outer_norm": "oln"}  # fmt: skip
        state = {
            f"{own}.{full}": part[f"{name}.{theirs}.{short}"]
            for own, theirs in names.items()
            for full, short in (("weight", "w"), ("bias", "b"))
        }
        for full, short in (("weight", "w"), ("bias", "b")):
            state[f"attend_in.{full}"] = torch.cat([part[f"{name}.{x}.{short}"] for x in "qkv"])
        self.load_state_dict(state)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Map (batch, pieces, width) to the same; ``mask`` is added to the attention's scores."""
        batch, length, width = hidden.shape
        parts = self.attend_in(hidden).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        # Written out: three times as fast on a processor, at 16 bits, as torch's own function.
        weights = (query.contiguous() * key.shape[-1] ** -0.5) @ key.transpose(-1, -2).contiguous()
        weights = weights if mask is None else weights + mask
        found = weights.softmax(-1) @ value.contiguous()
        found = found.transpose(1, 2).reshape(batch, length, width)
        hidden = self.attend_norm(hidden + self.attend_out(found))
        inner = functional.gelu(self.inner(hidden))
        return self.outer_norm(hidden + self.dropout(self.outer(inner)))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Pieces to vectors."""

    def __init__(self, nano: Nano, layers: int, dropout: float) -> None:
        super().__init__()
        pieces = nano.tensors["emb.word"]
        self.pieces = nn.Embedding(*pieces.shape)
        self.positions = nn.Embedding(nano.positions, nano.width)
        self.norm = nn.LayerNorm(nano.width, nano.epsilon)
        self.layers = nn.ModuleList(Layer(nano, i, dropout) for i in range(layers))
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            self.pieces.weight.copy_(torch.tensor(pieces))
            places = nano.tensors["emb.pos"] + nano.tensors["emb.type"][0]
            self.positions.weight.copy_(torch.tensor(places))
            self.norm.weight.copy_(torch.tensor(nano.tensors["emb.ln.w"]))
            self.norm.bias.copy_(torch.tensor(nano.tensors["emb.ln.b"]))

    def forward(self, pieces: Tensor, mask: Tensor | None) -> Tensor:
        """Map numbers of pieces (batch, pieces) to vectors (batch, pieces, width)."""
        return self.encode(self.pieces(pieces), mask)

    def encode(self, vectors: Tensor, mask: Tensor | None) -> Tensor:
        """Map the pieces' own vectors (batch, pieces, width) to those in context."""
        return self.states(vectors, mask)[-1]

    def states(self, vectors: Tensor, mask: Tensor | None) -> list[Tensor]:
        """What comes out of each layer, in their order."""
        places = torch.arange(vectors.shape[1])
        hidden, found = self.dropout(self.norm(vectors + self.positions(places))), []
        for layer in self.layers:
            hidden = layer(hidden, mask)
            found.append(hidden)
        return found


@dataclass(slots=True)
class Output:
    """Scores: tags (batch, words, labels) by task, heads (batch, words, 1 + words)."""

    tags: dict[str, Tensor]
    heads: Tensor
    dependent: Tensor
    governor: Tensor


class Network(nn.Module):
    """The encoder and the tasks over it."""

    def __init__(self, encoder: Encoder, width: int, sizes: Sizes, dropout: float = 0.3) -> None:
        super().__init__()
        self.encoder = encoder
        self.sizes = sizes
        self.dropout = nn.Dropout(dropout)
        self.tags = nn.Linear(width, sum(sizes.tags.values()))
        self.root = nn.Parameter(torch.zeros(width))
        self.styles = nn.Embedding(STYLES, width, padding_idx=0)
        nn.init.zeros_(self.styles.weight)
        self.arc_dependent = nn.Linear(width, ARC_WIDTH)
        self.arc_governor = nn.Linear(width, ARC_WIDTH)
        self.relation_dependent = nn.Linear(width, RELATION_WIDTH)
        self.relation_governor = nn.Linear(width, RELATION_WIDTH)
        self.arc = nn.Parameter(torch.zeros(ARC_WIDTH + 1, ARC_WIDTH))
        self.relation = nn.Parameter(
            torch.zeros(sizes.relations, RELATION_WIDTH + 1, RELATION_WIDTH + 1)
        )
        nn.init.normal_(self.arc, std=ARC_WIDTH**-1)
        nn.init.normal_(self.relation, std=RELATION_WIDTH**-1)

    def forward(
        self,
        pieces: Tensor,
        first: Tensor,
        last: Tensor,
        mask: Tensor | None = None,
        styles: Tensor | None = None,
    ) -> Output:
        """Score everything but relations.

        ``first`` and ``last`` (batch, words) are places of pieces; ``mask`` (batch, pieces) is
        true for pieces that are no padding; ``styles`` (batch,) numbers treebanks, without: 0.
        """
        hidden = self.encoder(pieces, None if mask is None else barred(mask))
        return self.score(hidden, first, last, styles)

    def score(
        self, hidden: Tensor, first: Tensor, last: Tensor, styles: Tensor | None = None
    ) -> Output:
        """Score everything but relations, given the pieces in context."""
        index = torch.stack([first, last]).unsqueeze(-1).expand(-1, -1, -1, hidden.shape[-1])
        words = (hidden.gather(1, index[0]) + hidden.gather(1, index[1])) / 2
        words = self.dropout(words)
        scores = self.tags(words).split(list(self.sizes.tags.values()), -1)
        if styles is not None:
            words = words + self.styles(styles)[:, None]
        root = self.root.expand(words.shape[0], 1, -1)
        heads = torch.cat([root, words], 1)
        dependent = self.dropout(functional.gelu(self.arc_dependent(words)))
        governor = self.dropout(functional.gelu(self.arc_governor(heads)))
        arcs = (_one(dependent) @ self.arc) @ governor.transpose(1, 2)
        return Output(
            dict(zip(self.sizes.tags, scores, strict=True)),
            arcs,
            _one(self.dropout(functional.gelu(self.relation_dependent(words)))),
            _one(self.dropout(functional.gelu(self.relation_governor(heads)))),
        )

    def relations(self, output: Output, heads: Tensor) -> Tensor:
        """Score the relations (batch, words, relations) of words to the given heads."""
        index = heads.unsqueeze(-1).expand(-1, -1, output.governor.shape[-1])
        governor = output.governor.gather(1, index)
        # (words, 1 + width) x (relations, 1 + width, 1 + width) x (words, 1 + width)
        left = torch.einsum("bwi,rij->bwrj", output.dependent, self.relation)
        return (left @ governor.unsqueeze(-1)).squeeze(-1)


def barred(mask: Tensor) -> Tensor:
    """Give what to add to the attention's scores so that padding gets none."""
    bars = torch.zeros(mask.shape, dtype=torch.bfloat16).masked_fill(~mask, -1e4)
    return bars[:, None, None, :]


def _one(values: Tensor) -> Tensor:
    """Add a column of ones: the biaffine products' linear parts."""
    return torch.cat([values, torch.ones_like(values[..., :1])], -1)
