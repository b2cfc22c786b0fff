"""Average pipelines that were trained on from one another: ``python -m training.average --out DIR MODEL…``.

The mean of their weights does better than each (Izmailov et al., "Averaging weights leads to wider
optima and better generalization", UAI 2018). Labels, strings and settings are the first one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import spacy
from spacy.language import Language
from thinc.api import Model

from kg.errors import InputError, KgError

__all__ = ["averaged", "main"]


def averaged(pipelines: Sequence[Language]) -> Language:
    """Give the first of *pipelines* the mean of all their weights.

    Raises
    ------
    InputError
        If their networks differ in layers or sizes.
    """
    layers = [dict(_weights(nlp)) for nlp in pipelines]
    for place, (layer, name) in layers[0].items():
        same = [other[place][0].get_param(name) for other in layers if place in other]
        if len(same) < len(layers) or any(values.shape != same[0].shape for values in same):
            raise InputError(f"{' '.join(map(str, place))}: not the same in all pipelines")
        layer.set_param(name, np.mean(same, axis=0, dtype=np.float32))
    return pipelines[0]


def _weights(nlp: Language) -> Iterator[tuple[tuple[str, int, str], tuple[Model, str]]]:
    """Each weight once, by component, number of the layer and name: layers may be shared."""
    seen: set[tuple[int, str]] = set()
    for component, pipe in nlp.pipeline:
        for number, layer in enumerate(pipe.model.walk() if hasattr(pipe, "model") else ()):
            for name in layer.param_names:
                if layer.has_param(name) and (layer.id, name) not in seen:
                    seen.add((layer.id, name))
                    yield (component, number, name), (layer, name)


@click.command(help=__doc__)
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def main(models: tuple[Path, ...], out: Path) -> None:
    """Average pipelines."""
    try:
        for model in models:
            if not (model / "config.cfg").exists():
                raise InputError(f"{model}: no pipeline of spaCy's")
        averaged([spacy.load(model) for model in models]).to_disk(out)
    except KgError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
