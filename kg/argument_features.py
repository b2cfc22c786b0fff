"""What may tell that a mention is an argument of a trigger, in numbers.

For a trigger, a relation and two mentions of its sentence: how the tree joins them (path lengths,
labels at its ends, clauses crossed), what stands between them, whether the lexicon's paths lead to
them, what kinds they are. No word enters, so that what is learned of one verb holds for all and in
both languages; the features follow those of semantic role labelling (Gildea and Jurafsky,
"Automatic labeling of semantic roles", Computational Linguistics, 2002).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from kg.syntax.tokens import QUOTATION_MARKS

if TYPE_CHECKING:
    from kg.anchors import Anchor, SentenceAnchors
    from kg.lexicon import Frame, Path
    from kg.ontology import Relation

__all__ = ["SIDES", "Features", "TriggerView"]

Features: TypeAlias = dict[str, float]

SIDES = ("subject", "object")
_CLAUSES = frozenset({"acl", "advcl", "ccomp", "xcomp", "parataxis", "csubj"})
_NAME_TAIL = frozenset({"conj", "appos", "flat", "compound", "fixed"})
_SUBTYPED = frozenset({"nsubj:pass", "acl:relcl", "obl:agent", "nmod:poss", "aux:pass"})
_HARD = frozenset(";:()—–")
_NONE = 9  # a rank worse than any
_FAR = 40


class TriggerView:
    """Trigger *i* of *relation* by *frames*, as its sentence's mentions are seen from it."""

    def __init__(
        self,
        anchors: SentenceAnchors,
        i: int,
        relation: Relation,
        frames: Sequence[Frame],
        weights: Mapping[str, float],
    ) -> None:
        self.anchors, self.i, self.relation, self.frames = anchors, i, relation, frames
        self.matcher, self.tree = anchors.matcher, anchors.matcher.tree
        self.weights = weights
        self.fitting = {
            SIDES[0]: anchors.standing(relation.domain),
            SIDES[1]: anchors.standing(relation.range),
        }
        self._ancestors = self._up(i)
        self._arguments: dict[tuple[int, str], Features] = {}

    @staticmethod
    def _paths(frame: Frame, side: str) -> tuple[Path, ...]:
        return frame.subject if side == SIDES[0] else frame.object

    @cached_property
    def hits(self) -> dict[str, dict[str, tuple[int, int]]]:
        """For each side the entities that the lexicon's paths lead to, each with its best rank."""
        found: dict[str, dict[str, tuple[int, int]]] = {side: {} for side in SIDES}
        for side in SIDES:
            for frame in self.frames:
                for iri, rank in self._hits(self._paths(frame, side)):
                    found[side][iri] = min(rank, found[side].get(iri, rank))
        return found

    def _hits(self, paths: tuple[Path, ...]) -> Iterator[tuple[str, tuple[int, int]]]:
        for n, path in enumerate(paths):
            for place, k in enumerate(self.matcher.paths.follow(self.i, path)):
                for found in self.matcher.names.resolve(k):
                    if found.mention.entity is not None:
                        yield found.mention.entity.iri, (n, place)

    def _up(self, i: int) -> list[int]:
        chain = [i]
        while self.tree.head[chain[-1]] != chain[-1]:
            chain.append(self.tree.head[chain[-1]])
        return chain

    def _label(self, i: int) -> str:
        return self.tree.full[i] if self.tree.full[i] in _SUBTYPED else self.tree.dep[i]

    def between(self, one: int, other: int) -> tuple[list[str], list[str], int]:
        """Labels up from *one* and down to *other*, and the token under their meeting point."""
        below = self._ancestors if one == self.i else self._up(one)
        above = self._up(other)
        place = {token: n for n, token in enumerate(below)}
        at = next((n for n, token in enumerate(above) if token in place), len(above) - 1)
        ups = [self._label(token) for token in below[: place.get(above[at], len(below))]]
        downs = [self._label(token) for token in reversed(above[:at])]
        return ups, downs, above[at - 1] if at else other

    # -- of the trigger ------------------------------------------------------------------------

    @cached_property
    def common(self) -> Features:
        """Features of the trigger, whatever its arguments."""
        tree, i = self.tree, self.i
        verb = tree.is_verb(i)
        found: Features = {
            "passive": verb and tree.is_passive(i),
            "plural": tree.morph(i, "Number") == "Plur",
            "confidence": max(frame.confidence for frame in self.frames),
            "requires": any(frame.requires for frame in self.frames),
            "frames": len(self.frames),
            "tokens": self.anchors.end - self.anchors.start,
            "entities": self.anchors.entities,
            "symmetric": self.relation.symmetric,
            f"relation={self.relation.name}": 1,
            f"pos={tree.pos[i]}": 1,
            f"label={tree.dep[i]}": 1,
            f"under={tree.pos[tree.head[i]]}": 1,
            f"form={tree.morph(i, 'VerbForm')}": 1,
        }
        for side in SIDES:
            found[f"bears {side}"] = any(
                len(path) == 1 and path[0].role == "role"
                for frame in self.frames
                for path in self._paths(frame, side)
            )
        if not verb and (above := tree.governing_verb(i)) is not None:
            supports = self.matcher.ontology.lexicon.supports
            support = next(
                (s for f in tree.forms(above) if (s := supports.get((tree.lang, f)))), None
            )
            found[f"support={support.plays if support else ''}"] = 1
        return found

    # -- of one argument -----------------------------------------------------------------------

    def argument(self, n: int, side: str) -> Features:
        """Features of the *n*-th anchor as the relation's *side*."""
        if (n, side) not in self._arguments:
            self._arguments[n, side] = self._argument(n, side)
        return self._arguments[n, side]

    def _argument(self, n: int, side: str) -> Features:
        plain = {
            **self._joined(n, side),
            **self._apart(n, side),
            **self._kind(n),
            **self._hit(n, side),
        }
        return {f"{side} {name}": value for name, value in plain.items()}

    def _joined(self, n: int, side: str) -> Features:
        """How the tree joins trigger and argument."""
        tree, token = self.tree, self.anchors.all[n].token
        ups, downs, top = self.between(self.i, token)
        core = [label for label in downs if label not in _NAME_TAIL]
        own, other = (self._prepositions(s) for s in (side, SIDES[side == SIDES[0]]))
        preps = tree.preps(token) | tree.preps(top)
        level, label = self._level(token)
        found: Features = {
            "up": len(ups),
            "down": len(downs),
            "core up": sum(label not in _NAME_TAIL for label in ups),
            "core down": len(core),
            "clauses up": sum(label.partition(":")[0] in _CLAUSES for label in ups),
            "clauses down": sum(label.partition(":")[0] in _CLAUSES for label in downs),
            "conjuncts up": ups.count("conj"),
            "conjuncts down": downs.count("conj"),
            "appositions down": downs.count("appos"),
            "nominals down": sum(label.startswith("nmod") for label in downs),
            f"first up={ups[0] if ups else ''}": 1,
            f"last up={ups[-1] if ups else ''}": 1,
            f"first down={downs[0] if downs else ''}": 1,
            f"core first={core[0] if core else ''}": 1,
            f"last down={downs[-1] if downs else ''}": 1,
            "level": level,
            f"at level={min(level, 4)}{label}": 1,
            "own preposition": not preps.isdisjoint(own),
            "other preposition": not preps.isdisjoint(other),
            "no preposition": not preps,
            "genitive": token in tree.genitives(self.i),
        }
        for frame in self.frames:
            for path in self._paths(frame, side):
                found[f"asks={path[-1].role}"] = 1
        return found

    def _prepositions(self, side: str) -> frozenset[str]:
        steps = (s for f in self.frames for path in self._paths(f, side) for s in path)
        return frozenset(prep for step in steps for prep in step.preps)

    def _level(self, token: int) -> tuple[int, str]:
        """At which governor above the trigger the argument hangs, and by which label."""
        above = set(self._up(token))
        for level, at in enumerate(self._ancestors):
            for k in self.tree.kids[at]:
                if k in above and k != self.i:
                    return level, self.tree.dep[k]
            if at == token:
                return level, "self"
        return len(self._ancestors), ""

    def _apart(self, n: int, side: str) -> Features:
        """What stands between trigger and argument, and who else could stand there."""
        tree, anchors, token = self.tree, self.anchors.all, self.anchors.all[n].token
        low, high = sorted((self.i, token))
        inside = range(low + 1, high)
        rivals = [k for k in self.fitting[side] if anchors[k].iri != anchors[n].iri]
        between = {a.iri for a in anchors if low < a.token < high} - {anchors[n].iri}
        right = token > self.i
        far = abs(token - self.i)
        nearer = {abs(anchors[k].token - self.i) for k in self.fitting[side]}
        same = {
            abs(anchors[k].token - self.i)
            for k in self.fitting[side]
            if (anchors[k].token > self.i) == right
        }
        return {
            "distance": min(far, _FAR),
            "offset": max(-_FAR, min(_FAR, token - self.i)),
            "right": right,
            "between": len(between),
            "rivals between": len(
                {anchors[k].iri for k in rivals if low < anchors[k].token < high}
            ),
            "commas": sum(tree.text[k] == "," for k in inside),
            "breaks": sum(tree.text[k] in _HARD for k in inside),
            "quotes": sum(tree.text[k] in QUOTATION_MARKS for k in inside),
            "verbs": sum(tree.pos[k] == "VERB" for k in inside),
            "rivals": len({anchors[k].iri for k in rivals}),
            "rank": sum(distance < far for distance in nearer),
            "rank on side": sum(distance < far for distance in same),
            "same clause": self._clause(self.i) == self._clause(token),
            "bracketed": self._is_bracketed(n),
        }

    def _is_bracketed(self, n: int) -> bool:
        start = self.anchors.all[n].found.start
        return start > self.anchors.start and self.tree.text[start - 1] in {",", *_HARD}

    def _clause(self, i: int) -> int:
        return next((k for k in self._up(i) if self.tree.is_verb(k)), self._up(i)[-1])

    def _kind(self, n: int) -> Features:
        """What the argument is."""
        anchor = self.anchors.all[n]
        entity, mention = anchor.found.mention.entity, anchor.found.mention
        types = entity.types if entity is not None else ()
        found: Features = {
            "order": n,
            "certain": mention.confidence,
            "typed": bool(types),
            "weight": self.weights.get(anchor.iri, 0.0),
            "named again": sum(other.iri == anchor.iri for other in self.anchors.all),
            f"kind={mention.kind.value}": 1,
        }
        found.update((f"type={name}", 1) for name in types)
        return found

    def _hit(self, n: int, side: str) -> Features:
        """Whether the lexicon's paths lead to the argument, to its neighbours or to others."""
        iri, other = self.anchors.all[n].iri, SIDES[side == SIDES[0]]
        path, place = self.hits[side].get(iri, (_NONE, _NONE))
        beside = self.anchors.siblings[n]
        return {
            "path": min(path, _NONE),
            "place": min(place, _NONE),
            "nothing found": not self.hits[side],
            "found as other": iri in self.hits[other],
            "neighbours": len(beside),
            "neighbour found": not beside.isdisjoint(self.hits[side]),
            "neighbour found as other": not beside.isdisjoint(self.hits[other]),
        }

    # -- of both -------------------------------------------------------------------------------

    def pair(self, one: int, other: int) -> Features:
        """Features of the two arguments together."""
        subject, object_ = self.anchors.all[one], self.anchors.all[other]
        ups, downs, _ = self.between(subject.token, object_.token)
        first, last = sorted((subject.token, object_.token))
        middle = "between" if first < self.i < last else "before" if self.i < first else "after"
        listed = object_.iri in self.anchors.siblings[one]
        return {
            "apart": len(ups) + len(downs),
            f"order={'so' if subject.token < object_.token else 'os'} {middle}": 1,
            "listed together": listed,
            **self._background(subject, object_),
        }

    def _background(self, subject: Anchor, object_: Anchor) -> Features:
        """Whether the catalogue gives the product to somebody else.

        That it gives it to this one is left out: a claim must come from the article's words.
        """
        other = object_.found.mention.entity
        inverse = self.matcher.ontology.inverse(self.relation.name)
        if other is None or inverse is None or not self.relation.genitive:
            return {}
        makers = {iri for name, iri in other.facts if name == inverse.name}
        return {"another's": bool(makers) and subject.iri not in makers}
