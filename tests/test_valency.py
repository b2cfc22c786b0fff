"""Each core argument once: what a crowded head does."""

from __future__ import annotations

import numpy as np

from kg.encoder.valency import settle

SUBJECT, OBJECT, APPOSITION, RECIPIENT = range(4)
GROUPS = [frozenset({SUBJECT}), frozenset({OBJECT}), frozenset({RECIPIENT})]


def settled(arcs, fits, heads, relations):
    """Heads and relations after settling; ``fits`` maps (word, head) to scores of relations."""
    heads, relations = np.array(heads), np.array(relations)
    plain = np.zeros(4, np.float32)
    settle(heads, relations, np.array(arcs, np.float32),
           lambda word, head: np.array(fits.get((word, head), plain), np.float32), GROUPS)  # fmt: skip
    return heads.tolist(), relations.tolist()


def test_a_second_subject_goes_where_it_fits_next_best():
    # "X, rival, fell": both nouns hang on the verb; the second is likely the first one's apposition.
    arcs = [[0, -9, -9, 5], [0, 4, -9, 5], [9, 0, 0, 0]]
    fits = {(0, 3): [9, 0, 0, 0], (1, 3): [9, 0, 0, 0], (1, 1): [0, 0, 9, 0]}
    heads, relations = settled(arcs, fits, [3, 3, 0], [SUBJECT, SUBJECT, APPOSITION])
    assert (heads, relations) == ([3, 1, 0], [SUBJECT, APPOSITION, APPOSITION])


def test_one_subject_and_one_object_stay():
    arcs = [[0, -9, 5, 0], [9, 0, -9, 0], [0, 0, 5, -9]]
    heads, relations = settled(arcs, {}, [2, 0, 2], [SUBJECT, APPOSITION, OBJECT])
    assert (heads, relations) == ([2, 0, 2], [SUBJECT, APPOSITION, OBJECT])


def test_no_cycle_arises():
    # The second subject's best other head is a word below it.
    arcs = [[0, -9, -9, 5, 0], [0, 1, -9, 5, 8], [9, 0, 0, -9, 0], [0, 0, 9, 0, -9]]
    fits = {(0, 3): [9, 0, 0, 0], (1, 3): [9, 0, 0, 0]}
    heads, _ = settled(arcs, fits, [3, 3, 0, 2], [SUBJECT, SUBJECT, APPOSITION, APPOSITION])
    for word in range(4):
        seen = set()
        while word >= 0:
            assert word not in seen
            seen.add(word)
            word = heads[word] - 1


def test_a_subject_does_not_become_an_indirect_object():
    arcs = [[0, -9, 5], [9, 0, -9]]
    fits = {(0, 2): [5, 0, 0, 4]}
    doubled = [[0, -9, -9, 5], [0, 4, -9, 5], [9, 0, 0, -9]]
    crowd = {(0, 3): [9, 0, 0, 8], (1, 3): [9, 0, 0, 8]}
    assert settled(arcs, fits, [2, 0], [SUBJECT, APPOSITION])[1][0] == SUBJECT
    assert RECIPIENT not in settled(doubled, crowd, [3, 3, 0], [SUBJECT, SUBJECT, APPOSITION])[1]


def test_of_two_before_their_verb_only_the_first_becomes_its_object():
    # "que a IBM comprou": the pronoun stands first, though the name would cost less.
    arcs = [[0, -9, -9, 5], [0, -9, -9, 5], [9, 0, 0, -9]]
    fits = {(0, 3): [9, 2, 0, 0], (1, 3): [9, 8, 0, 0]}
    heads, relations = settled(arcs, fits, [3, 3, 0], [SUBJECT, SUBJECT, APPOSITION])
    assert (heads, relations) == ([3, 3, 0], [OBJECT, SUBJECT, APPOSITION])
