from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import ViTConfig, ViTModel

from training.errors import TrainingInputError
from training.wave_encoder import WaveEncoder, WaveEncoderConfig, kept_first, sine_positions

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture(scope="module")
def tower() -> WaveEncoder:
    torch.manual_seed(0)
    return WaveEncoder(WaveEncoderConfig(**SMALL)).eval()


def rows_mask(rows: list[int]) -> torch.Tensor:
    mask = torch.zeros(len(rows), 31, 8, dtype=torch.bool)
    for index, count in enumerate(rows):
        mask[index, :count] = True
    return mask.flatten(1)


def test_paper_size_is_vit_b_with_248_patches() -> None:
    with torch.device("meta"):
        tower = WaveEncoder(WaveEncoderConfig())
        output = tower.embeddings.patch_embeddings(torch.zeros(1, 1, 496, 128))
    assert output.shape == (1, 248, 768)
    assert sum(parameter.numel() for parameter in tower.parameters()) / 1e6 == pytest.approx(85.4, abs=0.3)


@torch.inference_mode()
def test_it_is_the_stock_vit_on_full_maps(tower: WaveEncoder) -> None:
    stock = ViTModel(
        ViTConfig(**SMALL, image_size=(496, 128), patch_size=16, num_channels=1, layer_norm_eps=1e-6),
        add_pooling_layer=False,
    ).eval()
    stock.load_state_dict(tower.state_dict())
    waves = torch.rand(2, 1, 496, 128)
    expected = stock(waves).last_hidden_state[:, 1:]
    torch.testing.assert_close(tower(waves).last_hidden_state, expected, atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_padding_changes_no_token(tower: WaveEncoder) -> None:
    waves = torch.rand(2, 1, 496, 128)
    mask = rows_mask([5, 31])
    together = tower(waves, mask)
    dirty = waves.clone()
    dirty[0, :, 80:] = 1e3
    alone = tower(dirty[:1], mask[:1])
    assert alone.last_hidden_state.shape == (1, 40, 32)
    kept = together.last_hidden_state[0][together.patch_mask[0]]
    torch.testing.assert_close(kept, alone.last_hidden_state[0], atol=1e-5, rtol=1e-5)


@torch.inference_mode()
def test_kept_patches_know_their_place(tower: WaveEncoder) -> None:
    waves = torch.rand(1, 1, 496, 128)
    scattered = torch.zeros(1, 248, dtype=torch.bool)
    scattered[0, [3, 40, 200]] = True
    shifted = torch.roll(scattered, 1, dims=1)
    assert tower(waves, scattered).last_hidden_state.shape == (1, 3, 32)
    first, second = tower(waves * 0, scattered), tower(waves * 0, shifted)
    assert not torch.allclose(first.last_hidden_state, second.last_hidden_state)


def test_kept_first_keeps_patch_order() -> None:
    mask = torch.tensor([[False, True, False, True, True], [True, False, False, False, False]])
    index, kept = kept_first(mask)
    assert index[0].tolist() == [1, 3, 4] and index[1, 0] == 0
    assert kept.tolist() == [[True, True, True], [True, False, False]]


def test_empty_masks_and_wrong_shapes_are_refused(tower: WaveEncoder) -> None:
    with pytest.raises(TrainingInputError, match="empty"):
        tower(torch.rand(1, 1, 496, 128), torch.zeros(1, 248, dtype=torch.bool))
    with pytest.raises(TrainingInputError, match="496"):
        tower(torch.rand(1, 1, 128, 496))


def test_positions_begin_as_neighbourhoods() -> None:
    grid = sine_positions(31, 8, 32).numpy().reshape(31, 8, 32)
    beside = np.linalg.norm(grid[10, 3] - grid[10, 4])
    above = np.linalg.norm(grid[10, 3] - grid[11, 3])
    far = np.linalg.norm(grid[10, 3] - grid[25, 0])
    assert max(beside, above) < far
    assert len({tuple(place) for place in grid.reshape(-1, 32).round(6).tolist()}) == 248
