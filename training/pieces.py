"""Write the encoder's pieces as a model of the library sentencepiece."""

from __future__ import annotations

import io
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as schema

from training.nano import Nano

__all__ = ["write_pieces"]


def write_pieces(nano: Nano, path: Path) -> None:
    """Write a unigram model with the encoder's pieces and the characters' map that it was made with
    (NMT's variant of NFKC, which sentencepiece knows by name).
    """
    model = schema.ModelProto()
    model.normalizer_spec.CopyFrom(_normalizer())
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    begin, end, pad, unknown = nano.special
    model.trainer_spec.model_type = schema.TrainerSpec.UNIGRAM
    model.trainer_spec.vocab_size = len(nano.pieces)
    model.trainer_spec.bos_id, model.trainer_spec.eos_id = begin, end
    model.trainer_spec.pad_id, model.trainer_spec.unk_id = pad, unknown
    kind = schema.ModelProto.SentencePiece
    kinds = dict.fromkeys((begin, end, pad), kind.CONTROL) | {unknown: kind.UNKNOWN}
    for number, (text, score) in enumerate(nano.pieces):
        plain = kind.CONTROL if text == "<mask>" else kind.NORMAL
        model.pieces.add(piece=text, score=score, type=kinds.get(number, plain))
    path.write_bytes(model.SerializeToString())


def _normalizer() -> schema.NormalizerSpec:
    """Give the characters' map of a model trained on next to nothing."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c"]), model_writer=written, vocab_size=7,
        normalization_rule_name="nmt_nfkc", minloglevel=2, hard_vocab_limit=False,
    )  # fmt: skip
    model = schema.ModelProto()
    model.ParseFromString(written.getvalue())
    return model.normalizer_spec
