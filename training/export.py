"""Write the trained encoder as pipelines: ``python -m training.export --run OUT --to FOLDER``.

``FOLDER/encoder`` gets the network for ONNX Runtime, its matrices in 8 bits, the vectors of the
pieces in the 4 bits that they came in; ``FOLDER/<language>`` a spaCy pipeline that uses it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click
import numpy as np
import onnx
import spacy
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn

from kg.encoder.component import LEMMAS
from kg.errors import KgError
from training.corpora import cutter
from training.encoder import build
from training.lexicon import rule_table
from training.nano import BLOCK, Nano, read_nano
from training.network import Network
from training.options import data_option, run_option, start_option
from training.sources import LANGUAGES, read_source, sources
from training.tasks import Labels, read_labels

__all__ = ["export", "load_run", "main"]

OPSET = 20
COMPONENT = "kg_encoder"
VECTOR_LAYERS = (6, 10)  # whose states are words' vectors: syntax is plainest in the middle


class Exported(nn.Module):
    """The network for one window, without the look-up of the pieces' vectors.

    Gives tags (words, labels), heads (words, 1 + words), what relations are scored with:
    (words, relations, width) and (1 + words, width), and the words' vectors in context
    (words, layers times width), for what is learned on top (``training/pairs.py``).
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.relation = nn.Parameter(network.relation.permute(1, 0, 2).flatten(1).contiguous())

    def forward(self, vectors: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, ...]:
        """Score one window: vectors of pieces (1, pieces, width), places of words' pieces."""
        states = self.network.encoder.states(vectors, None)
        output = self.network.score(states[-1], first[None], last[None])
        left = (output.dependent[0] @ self.relation).view(
            -1, self.network.sizes.relations, output.governor.shape[-1]
        )
        tags = torch.cat(list(output.tags.values()), -1)
        kept = torch.cat([states[number - 1][0] for number in VECTOR_LAYERS], -1)
        return tags[0], output.heads[0], left, output.governor[0], (kept[first] + kept[last]) / 2


def load_run(run: Path, nano: Nano, weights: str) -> tuple[Network, Labels]:
    """Load a training run's labels and weights."""
    labels = read_labels(run)
    state = torch.load(run / weights)
    layers = len({key.split(".")[2] for key in state if key.startswith("encoder.layers.")})
    network = build(nano, labels, layers)
    network.load_state_dict(state)
    return network.eval(), labels


def export(network: Network, nano: Nano, path: Path, *, quantized: bool = True) -> None:
    """Write the network for ONNX Runtime."""
    pieces = torch.zeros(1, 9, nano.width)
    words = torch.arange(1, 8)
    dynamic = {"vectors": {1: "pieces"}, "first": {0: "words"}, "last": {0: "words"}}
    plain = path.with_suffix(".plain.onnx")
    torch.onnx.export(
        Exported(network), (pieces, words, words), str(plain), opset_version=OPSET, dynamo=False,
        input_names=["vectors", "first", "last"], dynamic_axes=dynamic,
        output_names=["tags", "heads", "dependents", "governors", "states"],
    )  # fmt: skip
    model = onnx.load(plain)
    plain.unlink()
    model = _in_bytes(model) if quantized else model
    _look_up(model, nano)
    onnx.save(model, path)


def _in_bytes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Give matrices 8 bits a weight and a scale for 128 of a row, inputs likewise as it runs.

    With one scale for all inputs of a matrix names suffer (3 points of F1): a few of the encoder's
    inner values are a hundred times as large as the others.
    """
    quantizer = MatMulNBitsQuantizer(
        model, block_size=128, is_symmetric=True, accuracy_level=4, bits=8
    )
    quantizer.process()
    made: onnx.ModelProto = quantizer.model.model
    return made


def _look_up(model: onnx.ModelProto, nano: Nano) -> None:
    """Let the model take numbers of pieces: their vectors stay in blocks of 4 bits."""
    halves, scales = nano.packed
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(_in_pairs(halves), "piece_halves"))
    graph.initializer.append(numpy_helper.from_array(scales, "piece_scales"))
    nodes = [
        helper.make_node(
            "GatherBlockQuantized", ["piece_halves", "pieces", "piece_scales"], ["piece_vectors"],
            domain="com.microsoft", gather_axis=0, quantize_axis=1, block_size=BLOCK, bits=4,
        ),
        helper.make_node("Cast", ["piece_vectors"], ["vectors"], to=TensorProto.FLOAT),
    ]  # fmt: skip
    for place, node in enumerate(nodes):
        graph.node.insert(place, node)
    graph.input.remove(next(given for given in graph.input if given.name == "vectors"))
    shape = [1, "pieces"]
    graph.input.insert(0, helper.make_tensor_value_info("pieces", TensorProto.INT64, shape))
    if all(opset.domain != "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _in_pairs(halves: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pack half-bytes as ONNX Runtime does: the even column low."""
    packed: NDArray[np.uint8] = halves[:, 0::2] | (halves[:, 1::2] << 4)
    return packed


def write_pipeline(lang: str, folder: Path, data: Sequence[Path]) -> None:
    """Write a language's spaCy pipeline, which names the weights beside it by their hash."""
    nlp = spacy.blank(lang)
    nlp.add_pipe(COMPONENT)
    meta: dict[str, Any] = nlp.meta
    meta.update(
        name="kg_accurate", version="1.0.0", license="CC BY-SA 4.0", author="", email="", url=""
    )
    meta["description"] = f"Universal Dependencies syntax and names for {lang}, by a transformer"
    model = (folder / "encoder" / "model.onnx").read_bytes()
    meta["encoder"] = hashlib.sha256(model).hexdigest()
    nlp.to_disk(folder / lang)
    read = (read_source(s, data, cutter(nlp), Counter()) for s in sources(lang, "train"))
    table = rule_table(chain.from_iterable(read))
    lines = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    (folder / lang / COMPONENT).mkdir(exist_ok=True)
    (folder / lang / COMPONENT / LEMMAS).write_text(lines, "utf8")


@click.command(help=__doc__)
@data_option
@run_option
@start_option
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--weights", default="final.pt", show_default=True, help="Which weights of the run.")
@click.option("--full", is_flag=True, help="Full precision, to compare with.")
def main(
    data: tuple[Path, ...], run: Path, start: Path, to: Path, weights: str, full: bool
) -> None:
    """Write pipelines."""
    try:
        (to / "encoder").mkdir(parents=True, exist_ok=True)
        nano = read_nano(start)
        network, _ = load_run(run, nano, weights)
        export(network, nano, to / "encoder" / "model.onnx", quantized=not full)
        for name in ("pieces.model", "labels.json"):
            shutil.copy(run / name, to / "encoder" / name)
        for lang in LANGUAGES:
            write_pipeline(lang, to, data)
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
