"""The accurate pipelines: one transformer for all languages, run by ONNX Runtime.

::

    Doc ──windows──▶ words ──pieces──▶ numbers ──network──▶ scores ──trees, names, lemmas──▶ Doc

``component`` is the spaCy component that does it. Nothing here is needed by the fast pipelines.
"""

__all__ = ["WEIGHTS"]

WEIGHTS = "encoder"  # the folder beside those of the languages that holds the weights of all
