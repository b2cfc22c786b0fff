"""A language model as an extractor, held to the same proof as the rules.

``kg build --extractor llm`` has a model read every article, ``--extractor cascade`` only what the
rules leave open. Any server that speaks the OpenAI-compatible protocol will do: Ollama, llama.cpp,
vLLM, LM Studio, or a hosted one. Needs the extra ``llm`` (httpx).

What the model says is a proposal (:mod:`.replies`); what stands in the article, in words that can
carry it, becomes a claim (:mod:`.grounding`).
"""

from kg.backends.llm.extractor import Cascade, LanguageModel
from kg.backends.llm.service import Service

__all__ = ["Cascade", "LanguageModel", "Service"]
