"""Write a small network for ONNX Runtime with its description, as ``kg/encoder/network.py`` reads them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

__all__ = ["write_described"]

OPSET = 17


def write_described(
    network: nn.Module,
    path: Path,
    sample: Mapping[str, Tensor],
    output: str,
    axes: Mapping[str, Mapping[int, str]],
    description: Mapping[str, Any],
) -> None:
    """Write *network* to *path*, in 8 bits, and *description* with a checksum beside it (``.json``).

    Parameters
    ----------
    sample, axes
        Inputs by name, and which axes of inputs and *output* have any length.
    """
    torch.onnx.export(
        network.eval(), tuple(sample.values()), str(path), opset_version=OPSET, dynamo=False,
        input_names=list(sample), output_names=[output],
        dynamic_axes={name: dict(own) for name, own in axes.items()},
    )  # fmt: skip
    quantize_dynamic(
        onnx.load(path),
        path,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )  # 8 bits a weight and an input: twice as fast as with a scale for each block of a row
    described = {**description, "crc32": zlib.crc32(path.read_bytes())}
    path.with_suffix(".json").write_text(json.dumps(described, indent=1) + "\n")
