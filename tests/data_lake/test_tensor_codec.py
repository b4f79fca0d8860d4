from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_rows import noise_amplitude

from data_lake.errors import InvalidInput
from data_lake.tensor_codec import (
    DB_OFFSET,
    DB_STEP,
    DEFAULT_CODEC,
    TENSOR_SHAPE,
    TensorCodec,
    clip_shares,
    codes_of,
    decode_db,
    decode_row,
    encode_db,
    pack_float32,
    unpack_float32,
)

ROUNDING_DB = 1e-4  # float32 at 140 dB


def amplitude_of(dbm: object) -> np.ndarray:
    return 10.0 ** (np.asarray(dbm, dtype=float) / 20.0)


@given(
    st.lists(st.floats(DB_OFFSET, DEFAULT_CODEC.db_ceiling), min_size=1, max_size=50),
    st.sampled_from([DEFAULT_CODEC, TensorCodec(-140.0, 0.002, "uint16")]),
)
def test_the_error_is_at_most_half_a_step(levels: list[float], codec: TensorCodec) -> None:
    levels = [min(level, codec.db_ceiling) for level in levels]
    codes = encode_db(amplitude_of([levels]), 1, codec)
    decoded = decode_db(codes, codec.db_offset, codec.db_step)
    assert decoded.dtype == np.float32
    assert np.abs(decoded - levels).max() <= codec.max_error_db + ROUNDING_DB


def test_the_default_law_covers_noise_and_body_within_a_quarter_db() -> None:
    assert DEFAULT_CODEC.max_error_db <= 0.25
    assert DB_OFFSET < -136.96 and DEFAULT_CODEC.db_ceiling > -58.40 + 12.0
    shares = clip_shares(noise_amplitude(0, 496), 496)
    # Rayleigh amplitude: P(power < floor) = 1 - exp(-floor / mean); one law for single-look noise.
    floor_over_mean = 10 ** ((DB_OFFSET - DB_STEP / 2 + 133.0) / 10)
    assert shares.floor == pytest.approx(1 - np.exp(-floor_over_mean), abs=0.01)
    assert shares.ceiling == 0.0


def test_decoding_and_encoding_again_changes_nothing() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(2, 128)
    again = encode_db(amplitude_of(decode_db(codes, DB_OFFSET, DB_STEP)), 2)
    assert again.dtype == np.uint8
    np.testing.assert_array_equal(again, codes)


def test_both_ends_clip_and_are_counted() -> None:
    levels = [[DB_OFFSET - 30, DB_OFFSET - 0.1, -100.0, DEFAULT_CODEC.db_ceiling + 0.1, 20.0]]
    codes = encode_db(amplitude_of(levels), 1)
    np.testing.assert_array_equal(codes[0, [0, 1, 3, 4]], [0, 0, 255, 255])
    shares = clip_shares(amplitude_of(levels), 1)
    assert (shares.floor, shares.ceiling) == (0.2, 0.2)
    assert encode_db(np.zeros((1, 4)), 1).sum() == 0


def test_padding_is_code_0_whatever_it_holds() -> None:
    amplitude = np.full((4, 3), 1e-4)
    amplitude[2:] = np.nan
    codes = encode_db(amplitude, 2)
    assert (codes[:2] > 0).all() and not codes[2:].any()
    assert not encode_db(amplitude, 0).any()


@pytest.mark.parametrize("cell", [np.nan, np.inf, -1e-6])
def test_cells_that_are_no_amplitude_are_refused(cell: float) -> None:
    amplitude = np.full((4, 3), 1e-4)
    amplitude[1, 1] = cell
    with pytest.raises(InvalidInput, match="linear amplitude"):
        encode_db(amplitude, 2)


@pytest.mark.parametrize(("shape", "n_valid"), [((4,), 1), ((4, 3), 5), ((4, 3), -1), ((2, 4, 3), 1)])
def test_wrong_shapes_and_frame_counts_are_refused(shape: tuple[int, ...], n_valid: int) -> None:
    with pytest.raises(InvalidInput, match=r"shape|n_valid"):
        encode_db(np.ones(shape), n_valid)


@pytest.mark.parametrize(
    "law", [{"db_step": 0.0}, {"db_step": -0.4}, {"db_offset": np.nan}, {"dtype": "float16"}]
)
def test_laws_that_cannot_be_decoded_are_refused(law: dict) -> None:
    with pytest.raises(InvalidInput, match=r"db_step|dtype"):
        TensorCodec(**law)


@pytest.mark.parametrize("codec", [DEFAULT_CODEC, TensorCodec(-150.0, 0.002, "uint16")])
def test_a_row_says_how_to_read_itself(codec: TensorCodec) -> None:
    codes = encode_db(noise_amplitude(3), 400, codec)
    row = codec.columns(codes)
    assert len(row["doppler_time"]) == codes.size * codes.itemsize  # type: ignore[arg-type]
    np.testing.assert_array_equal(codes_of(row), codes)
    decoded = decode_row(row)
    assert decoded.shape == TENSOR_SHAPE and decoded.dtype == np.float32
    np.testing.assert_array_equal(decoded, decode_db(codes, codec.db_offset, codec.db_step))


def test_bytes_that_do_not_fill_the_shape_are_refused() -> None:
    row = DEFAULT_CODEC.columns(np.zeros(TENSOR_SHAPE, np.uint8))
    with pytest.raises(InvalidInput, match="needs 63488"):
        codes_of({**row, "doppler_time": row["doppler_time"][:-1]})  # type: ignore[index]
    with pytest.raises(InvalidInput, match="dtype 'int8'"):
        codes_of({**row, "dtype": "int8"})


def test_float32_columns_round_trip() -> None:
    values = np.random.default_rng(0).normal(size=(7, 23, 3))
    packed = pack_float32(values)
    np.testing.assert_array_equal(unpack_float32(packed, (-1, 23, 3)), values.astype(np.float32))
    with pytest.raises(InvalidInput, match="483 floats"):
        unpack_float32(packed, (5, 3))
