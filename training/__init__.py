"""Train and measure the language pipelines: one module a step.

::

    CoNLL-U ──conllu──▶ Word ──surface──▶ Sentence ◀──layers── names (IOB2, columns, GUM, CORE)
    Sentence ──augment──▶ Sentence ──corpora──▶ Doc ──train──▶ pipeline ──evaluate──▶ model card

Nothing here is needed at run time: the package ``kg`` only loads what was trained.
"""
