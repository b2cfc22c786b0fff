"""Sentences to spaCy documents: runs of sentences, so that the parser learns where they end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from spacy.language import Language
from spacy.tokens import Doc

from training.surface import MISSING, OUTSIDE, Cut, Sentence, Token

__all__ = ["cutter", "document", "documents", "misaligned", "pieces_of", "runs"]

PARAGRAPH = Token("\n\n", False, "\n\n", "SPACE", "", None, "dep")
LONGEST_RUN = 6


def pieces_of(nlp: Language, text: str) -> list[tuple[str, bool]]:
    """Cut a text as the pipeline's tokenizer does: forms, each with whether a space follows."""
    return [(token.text, bool(token.whitespace_)) for token in nlp.make_doc(text)]


def cutter(nlp: Language) -> Cut:
    """Give the pipeline's tokenizer as a plain function."""
    return lambda text: [token.text for token in nlp.make_doc(text)]


def runs(sentences: Iterable[Sentence], chance: random.Random) -> Iterator[list[Sentence]]:
    """Group neighbouring sentences of one document into runs of one to six."""
    for _, group in groupby(sentences, key=lambda sentence: sentence.doc):
        waiting = list(group)
        while waiting:
            size = chance.randint(1, LONGEST_RUN)
            yield waiting[:size]
            waiting = waiting[size:]


def document(
    nlp: Language, run: list[Sentence], chance: random.Random | None = None, *, names: bool = False
) -> Doc:
    """Build one document of a run, annotated with names only or with everything but names.

    ``chance`` puts blank lines between some sentences, most often behind one that ends, as a
    headline does, without a full stop.
    """
    tokens: list[Token] = []
    tags: list[str] = []
    for sentence in run:
        if tokens and chance and chance.random() < _paragraph_share(tokens[-1]):
            tokens[-1] = replace(tokens[-1], space=False)
            tokens.append(replace(PARAGRAPH, head=len(tokens) - 1))
            tags.append(OUTSIDE)
        elif tokens:
            tokens[-1] = replace(tokens[-1], space=True)
        before = len(tokens)
        tokens += (_further(token, before) for token in sentence.tokens)
        tags += sentence.names
    return _doc(nlp, tokens, tags if names else [])


def _paragraph_share(last: Token) -> float:
    return 0.1 if last.form[-1] in '.!?…»”"' else 0.5


def _further(token: Token, before: int) -> Token:
    return replace(token, head=None if token.head is None else token.head + before)


def _doc(nlp: Language, tokens: list[Token], tags: list[str]) -> Doc:
    words = [token.form for token in tokens]
    spaces = [token.space for token in tokens]
    if tags:
        ents = [None if tag == MISSING else tag for tag in tags]
        return Doc(nlp.vocab, words=words, spaces=spaces, ents=ents)
    return Doc(
        nlp.vocab,
        words=words,
        spaces=spaces,
        lemmas=[token.lemma for token in tokens],
        pos=[token.upos for token in tokens],
        morphs=[token.feats for token in tokens],
        heads=[i if token.head is None else token.head for i, token in enumerate(tokens)],
        deps=[token.deprel for token in tokens],
    )


def documents(
    nlp: Language, sentences: Iterable[Sentence], chance: random.Random, *, names: bool
) -> Iterator[Doc]:
    """Yield training documents: with names only, or with everything but names."""
    for run in runs(sentences, chance):
        yield document(nlp, run, chance, names=names)


def misaligned(nlp: Language, docs: Iterable[Doc], counts: Counter[str]) -> None:
    """Count the tokens that the tokenizer cuts otherwise than the treebank."""
    for doc in docs:
        kept = {(token.idx, len(token)) for token in nlp.make_doc(doc.text)}
        counts["tokens"] += len(doc)
        counts["tokens cut otherwise by the tokenizer"] += sum(
            (token.idx, len(token)) not in kept for token in doc
        )
