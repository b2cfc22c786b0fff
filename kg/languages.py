"""Which language a text is in."""

from __future__ import annotations

__all__ = ["detect_language"]

_SHORT = 20  # words: below, only the languages at hand are told apart
_SAMPLE = 5_000  # characters


def detect_language(text: str, known: tuple[str, ...]) -> str:
    """ISO 639-1 code of the language of *text*.

    Any language can come out for a text of some length, so that an article in one without a
    pipeline is not taken for its neighbour; a few words are only told apart among *known*.
    """
    import py3langid

    ranked = [lang for lang, _ in py3langid.rank(text[:_SAMPLE])]
    if known and len(text.split()) < _SHORT:
        ranked = [lang for lang in ranked if lang in known] or ranked
    return str(ranked[0])
