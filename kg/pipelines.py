"""The language pipelines: text to a spaCy ``Doc`` with Universal Dependencies labels.

Weights lie beside the program: those of the accurate pipelines, the default, in
``pipelines/accurate/<language>``, those of the fast ones in ``pipelines/<language>``. The environment
variable ``KG_PIPELINES`` names another folder of the same layout (pipelines of one's own, a new
language), ``KG_PIPELINE`` which of the two to use; a language that has no accurate pipeline is read
with its other one.

spaCy takes seconds to import, so nothing here imports it before a text is parsed.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.assets import asset
from kg.encoder import WEIGHTS
from kg.errors import InputError, LanguageError
from kg.model import Article
from kg.paragraphs import paragraphs

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

__all__ = [
    "CHOICE",
    "MAX_CHARACTERS",
    "PIPELINES",
    "choose_pipeline",
    "languages",
    "load_pipeline",
    "parse",
    "parse_text",
    "pipelines_folder",
    "read_pipeline",
    "version",
    "weights_folder",
]

ENVIRONMENT = "KG_PIPELINES"
CHOICE = "KG_PIPELINE"
PIPELINES = ("accurate", "fast")  # the default first
MAX_CHARACTERS = 1_000_000  # of one article: beyond it is a whole archive, not an article
_PIECE = 50_000  # characters parsed at once: bounds memory at about 300 MB
_BATCH = 8  # articles in flight
_FINAL = frozenset(".!?…:;|•")
_STOP_AFTER_MODEL = r"(?<=\d[A-Z])\."
_CLOSING = frozenset("\"'”’»)]")
_META = "*/meta.json"
_FULL = "kg_full_doc"  # key in ``Doc.user_data``


def choose_pipeline(name: str) -> None:
    """Use the ``accurate`` or the ``fast`` pipelines from now on, in child processes too.

    Raises
    ------
    InputError
        Another name.
    """
    if name not in PIPELINES:
        raise InputError(f"no pipelines {name!r}; there are: {', '.join(PIPELINES)}")
    os.environ[CHOICE] = name


def pipelines_folder() -> Path:
    """The folder that holds one pipeline folder a language, and those of the accurate pipelines."""
    override = os.environ.get(ENVIRONMENT)
    return Path(override) if override else asset("pipelines")


def languages() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that have a pipeline, sorted."""
    return tuple(sorted({path.parent.name for path in pipelines_folder().glob(_META)} | _chosen()))


def _chosen() -> set[str]:
    """Languages of the accurate pipelines, where those are to be used."""
    accurate = PIPELINES[0]
    if (os.environ.get(CHOICE) or accurate) != accurate:
        return set()
    return {path.parent.name for path in (pipelines_folder() / accurate).glob(_META)}


def _folder(lang: str) -> Path:
    known = languages()
    if lang not in known:
        listed = ", ".join(known) or f"none in {pipelines_folder()}; set {ENVIRONMENT}"
        raise LanguageError(f"no pipeline for language {lang!r}; known: {listed}")
    return (
        pipelines_folder() / PIPELINES[0] / lang if lang in _chosen() else pipelines_folder() / lang
    )


def weights_folder(lang: str) -> Path:
    """Where the weights lie that the pipelines share with that of *lang*; fast ones share none.

    Raises
    ------
    LanguageError
        A language without a pipeline.
    """
    return _folder(lang).parent / WEIGHTS


def version(lang: str) -> str:
    """Twelve hexadecimal digits that change with the pipeline: a hash of its ``meta.json``.

    Raises
    ------
    LanguageError
        A language without a pipeline.
    """
    data = (_folder(lang) / "meta.json").read_bytes()
    return hashlib.sha256(data).hexdigest()[:12]


def load_pipeline(lang: str) -> Language:
    """The spaCy pipeline of *lang*, loaded once a process.

    Its ``Doc``s keep the text exactly. Sentences begin at every paragraph at the latest (see
    `kg.paragraphs`). White space that spaCy makes a token hangs on the word before it and has no
    children: the treebanks have no such tokens, so the pipeline's components never see them.

    Raises
    ------
    LanguageError
        A language without a pipeline, or a pipeline that this spaCy cannot load.
    """
    return _load(_folder(lang))


@cache
def _load(folder: Path) -> Language:
    from spacy.language import Language

    nlp = read_pipeline(folder)
    Language.component("kg_hide_whitespace", func=_hide_whitespace)
    Language.component("kg_show_whitespace", func=_show_whitespace)
    nlp.add_pipe("kg_hide_whitespace", first=True)
    nlp.add_pipe("kg_show_whitespace", last=True)
    return nlp


def read_pipeline(folder: Path) -> Language:
    """The spaCy pipeline of a folder as it lies there, its matrices multiplied by numpy.

    numpy's product is 1.6 times as fast on one core as BLIS, which thinc takes by itself; the
    parses are the same. A full stop behind a digit and a capital ("on the MI300X.") becomes a token:
    spaCy takes the letter for somebody's initial.

    Raises
    ------
    LanguageError
        A folder that this spaCy cannot load.
    """
    import spacy
    from thinc.api import NumpyOps, get_current_ops, set_current_ops

    import kg.encoder.component  # noqa: F401 - registers the accurate pipelines' component

    before = get_current_ops()
    set_current_ops(NumpyOps(use_blis=False))
    try:
        nlp = spacy.load(folder)
    except (OSError, ValueError, KeyError) as error:
        raise LanguageError(f"{folder}: cannot be loaded as a spaCy pipeline: {error}") from error
    finally:
        set_current_ops(before)
    suffixes = [*(nlp.Defaults.suffixes or ()), _STOP_AFTER_MODEL]
    nlp.tokenizer.suffix_search = spacy.util.compile_suffix_regex(suffixes).search
    return nlp


def _hide_whitespace(doc: Doc) -> Doc:
    """The words of *doc* alone, with the sentence starts that paragraphs force."""
    from spacy.tokens import Doc

    tokens = [token for token in doc if not token.is_space]
    words = Doc(
        doc.vocab,
        words=[token.text for token in tokens],
        spaces=[bool(token.whitespace_) or _space_follows(token) for token in tokens],
        sent_starts=_sentence_starts(doc.text, tokens),
    )
    words.user_data[_FULL] = doc
    return words


def _space_follows(token: Token) -> bool:
    return token.i + 1 < len(token.doc) and bool(token.nbor().is_space)


def _sentence_starts(text: str, words: list[Token]) -> list[bool | None]:
    """True at the first word of each paragraph, False where no sentence can begin, else None.

    Inside a paragraph a sentence begins only after final punctuation: parsers trained on single
    sentences otherwise cut headlines and long names in two.
    """
    starts = iter(span.start for span in paragraphs(text))
    border: float = next(starts, float("inf"))
    flags: list[bool | None] = []
    final = stopped = False
    for word in words:
        free = final and not (stopped and word.text.islower())  # "Warner Bros. por 72 mil"
        flags.append(True if word.idx >= border else None if free else False)
        while word.idx >= border:
            border = next(starts, float("inf"))
        final = word.text[-1] in _FINAL or (final and word.text in _CLOSING)
        stopped = word.text[-1] == "."
    return flags


def _show_whitespace(words: Doc) -> Doc:
    """A ``Doc`` of the full text with the annotation and the vectors of its *words*."""
    import numpy as np
    from spacy.tokens import Doc

    full: Doc = words.user_data.pop(_FULL)
    if not len(full):
        return full
    places = [token.i for token in full if not token.is_space]
    annotation = [_space(token, places[0] if places else 0) for token in full]
    for word, place in zip(words, places, strict=True):
        annotation[place] = {
            "heads": places[word.head.i],
            "deps": word.dep_,
            "pos": word.pos_,
            "tags": word.tag_,
            "morphs": str(word.morph),
            "lemmas": word.lemma_,
            "ents": f"{word.ent_iob_}-{word.ent_type_}" if word.ent_type_ else "O",
        }
    shown = Doc(
        full.vocab,
        words=[token.text for token in full],
        spaces=[bool(token.whitespace_) for token in full],
        **_columns(_joined_entities(annotation)),
    )
    if words.tensor.ndim == 2:  # a text without words has none
        shown.tensor = np.zeros((len(full), words.tensor.shape[1]), words.tensor.dtype)
        shown.tensor[places] = words.tensor
    return shown


def _space(token: Token, first: int) -> dict[str, Any]:
    head = token.i - 1 if token.i else first
    values = {"heads": head, "deps": "dep", "pos": "SPACE", "tags": "", "morphs": ""}
    return {**values, "lemmas": token.text, "ents": "O"}


def _joined_entities(annotation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """White space between two words of one entity belongs to it."""
    for before, row, after in zip(annotation, annotation[1:], annotation[2:], strict=False):
        if row["pos"] == "SPACE" and after["ents"].startswith("I-") and before["ents"] != "O":
            row["ents"] = after["ents"]
    return annotation


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _pieces(text: str) -> Iterator[str]:
    """*text* cut at paragraph starts into pieces that are parsed on their own."""
    start = 0
    for span in paragraphs(text):
        if span.end - start > _PIECE and span.start > start:
            yield text[start : span.start]
            start = span.start
        while span.end - start > 2 * _PIECE:  # one endless paragraph: cut between words
            cut = max(text.rfind(" ", start, start + _PIECE) + 1, start + 1)
            cut = cut if cut > start + 1 else start + _PIECE
            yield text[start:cut]
            start = cut
    yield text[start:]


def parse_text(text: str, lang: str) -> Doc:
    """Parse one text; ``doc.text == text``.

    Raises
    ------
    LanguageError
        A language without a pipeline.
    InputError
        A text longer than `MAX_CHARACTERS`.
    """
    article = Article(id="text", lang=lang, title="", text=text)
    return next(parse([article]))[1]


def parse(articles: Iterable[Article]) -> Iterator[tuple[Article, Doc]]:
    """Parse a stream of articles, each with the pipeline of its language, in order.

    Only a few are in memory at once, and the ``Doc`` of an article does not depend on its
    neighbours.

    Raises
    ------
    LanguageError
        A language without a pipeline.
    InputError
        An article longer than `MAX_CHARACTERS`, by its origin.
    """
    for lang, group in groupby(articles, key=lambda article: article.lang):
        for (_, article), parsed in groupby(_parse_pieces(group, lang), key=itemgetter(0)):
            yield article, _join([doc for _, doc in parsed])


def _parse_pieces(
    articles: Iterable[Article], lang: str
) -> Iterator[tuple[tuple[int, Article], Doc]]:
    """The pieces of numbered articles, parsed."""
    waiting: deque[tuple[int, Article]] = deque()

    def pieces() -> Iterator[str]:
        for numbered in enumerate(articles):
            for piece in _checked_pieces(numbered[1]):
                waiting.append(numbered)
                yield piece

    for doc in load_pipeline(lang).pipe(pieces(), batch_size=_BATCH):
        yield waiting.popleft(), doc


def _checked_pieces(article: Article) -> Iterator[str]:
    if len(article.text) > MAX_CHARACTERS:
        raise InputError(
            f"{article.origin or article.id}: {len(article.text)} characters are more than the "
            f"{MAX_CHARACTERS} of the longest article; split it"
        )
    return _pieces(article.text)


def _join(docs: list[Doc]) -> Doc:
    from spacy.tokens import Doc

    return docs[0] if len(docs) == 1 else Doc.from_docs(docs, ensure_whitespace=False)
