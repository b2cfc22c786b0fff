"""The mean of pipelines' weights."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from spacy.language import Language

from kg.errors import InputError
from training.average import averaged


def tagger(width: int, fill: float) -> Language:
    """A pipeline whose weights all have one value."""
    nlp = spacy.blank("pt")
    settings = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": width,
                "depth": 1, "embed_size": 20, "window_size": 1, "maxout_pieces": 2,
                "subword_features": False}  # fmt: skip
    nlp.add_pipe("tok2vec", config={"model": settings})
    nlp.initialize()
    for layer in nlp.get_pipe("tok2vec").model.walk():  # type: ignore[attr-defined]
        for name in layer.param_names:
            layer.set_param(name, np.full_like(layer.get_param(name), fill))
    return nlp


def test_each_weight_becomes_the_mean() -> None:
    nlp = averaged([tagger(8, 1.0), tagger(8, 4.0)])
    layers = list(nlp.get_pipe("tok2vec").model.walk())  # type: ignore[attr-defined]
    values = [layer.get_param(name) for layer in layers for name in layer.param_names]
    assert values
    assert all((value == 2.5).all() for value in values)


def test_networks_of_other_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="not the same in all pipelines"):
        averaged([tagger(8, 1.0), tagger(16, 1.0)])
