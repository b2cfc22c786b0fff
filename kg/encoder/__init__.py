"""The accurate pipelines: one transformer for all languages, run by ONNX Runtime.

::

    Doc ──windows──▶ words ──pieces──▶ numbers ──network──▶ scores ──trees, names, lemmas──▶ Doc

``component`` is the spaCy component that does it. The libraries onnxruntime and sentencepiece come
with the extra ``accurate``; nothing here is needed by the fast pipelines.
"""
