"""The errors that a user can meet, each with one clear line.

::

    KgError                 the base: the command line turns it into exit code 2
    ├── InputError          a file, folder or line that cannot be read as what it should be
    ├── OntologyError       a file under ``ontology/`` or a catalogue that breaks its own rules
    ├── LanguageError       a language without a pipeline
    ├── GraphError          a graph folder that is missing, foreign, locked or of another version
    ├── QueryError          SPARQL that does not parse or cannot be answered
    ├── ServiceError        a service that does not answer, refuses, or whose budget is used up
    ├── UnknownNameError    a name that the graph does not hold (carries the nearest known ones)
    └── QuestionError       a question that was not understood (carries what can be asked)

A message names the offending thing and its place first, then the rule or the remedy.
"""

from __future__ import annotations

__all__ = [
    "GraphError",
    "InputError",
    "KgError",
    "LanguageError",
    "OntologyError",
    "QueryError",
    "QuestionError",
    "ServiceError",
    "UnknownNameError",
]


class KgError(Exception):
    """Base of all errors raised on purpose by this package."""


class InputError(KgError):
    """A file, folder or line that cannot be read as what it should be."""


class OntologyError(KgError):
    """A file under ``ontology/``, or a catalogue, that breaks its own rules."""


class LanguageError(KgError):
    """A language without a pipeline."""


class GraphError(KgError):
    """A graph folder that is missing, foreign, locked or of another version."""


class QueryError(KgError):
    """SPARQL that does not parse or cannot be answered."""


class ServiceError(KgError):
    """A service that does not answer, refuses, or whose budget is used up."""


class UnknownNameError(KgError):
    """A name that the graph does not hold.

    Parameters
    ----------
    name
        What was asked for.
    nearest
        The nearest known names, best first.
    """

    def __init__(self, name: str, nearest: tuple[str, ...] = ()) -> None:
        self.name, self.nearest = name, nearest
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"unknown name {name!r}{hint}")


class QuestionError(KgError):
    """A question that was not understood.

    Parameters
    ----------
    reason
        Which words were not understood, or why no pattern fits.
    hint
        The nearest question that can be asked.
    """

    def __init__(self, reason: str, hint: str) -> None:
        self.reason, self.hint = reason, hint
        super().__init__(f"{reason}; ask instead: {hint}")
