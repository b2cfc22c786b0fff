"""What languages share of syntax, on Universal Dependencies.

A :class:`Tree` wraps one parsed document. Its methods answer with token indices, the likeliest
first; they follow the UD guidelines (https://universaldependencies.org/u/dep/) and make up for
what parsers get wrong most: the attachment of prepositional phrases, relative clauses and
appositions. Function words come from ``ontology/lexicon/syntax.ttl``.

One layer a file, each on the one before: ``tokens`` (the tree itself), ``relatives`` (antecedents,
coordination, noun phrases), ``phrases`` (prepositional phrases, genitives), ``clauses`` (logical
subjects and objects), ``roles`` (who bears a role noun).
"""

from kg.syntax.roles import Tree

__all__ = ["Tree"]
