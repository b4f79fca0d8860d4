"""Plans: ids known before anything is made, views without a favourite, shards that name their content."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flows.plan_dataset import (
    ClipSource,
    SamplePlan,
    ScriptSource,
    choose_views,
    sample_plan,
    split_into_shards,
    tensor_radar,
)
from flows.settings import TurnSettings
from llm_prompts import GrammarAuthor, draw_briefs, load_scenario
from simulator import VIEWS, SimulationOptions, load_body, radar_preset, read_motion_folder
from simulator.errors import RadarConfigError

SCENARIO = load_scenario("daily-living")
CLIPS = Path(__file__).parents[1] / "data" / "motion"


@pytest.fixture(scope="module")
def plan() -> SamplePlan:
    return sample_plan(TurnSettings(views=3), SCENARIO.activity_labels)


def sources(count: int) -> list[ScriptSource]:
    author = GrammarAuthor(0)
    scripts = [author.write(brief) for brief in draw_briefs(SCENARIO, count, 0)]
    return [ScriptSource(f"scp-{index:04d}", "grammar", script) for index, script in enumerate(scripts)]


def ids(plan: SamplePlan, source: ScriptSource) -> list[str]:
    return [planned.sample_id for planned in plan.samples_of(source)]


def test_views_are_distinct_and_over_many_motions_all_equally_likely() -> None:
    chosen = [choose_views(f"mot-{index}", 3) for index in range(4000)]
    assert all(len(set(views)) == 3 for views in chosen)
    counts = Counter(view for views in chosen for view in views)
    expected = 4000 * 3 / 8
    assert set(counts) == set(VIEWS)
    assert all(abs(count - expected) < 5 * expected**0.5 for count in counts.values())


def test_eight_views_are_all_views() -> None:
    assert sorted(choose_views("mot-1", 8)) == list(VIEWS)


def test_ids_are_the_same_every_time_and_differ_between_samples(plan: SamplePlan) -> None:
    made = [identity for source in sources(4) for identity in ids(plan, source)]
    assert made == [identity for source in sources(4) for identity in ids(plan, source)]
    assert len(set(made)) == 12


def test_another_radar_option_or_wording_is_another_sample(plan: SamplePlan) -> None:
    source = sources(1)[0]
    usual = set(ids(plan, source))
    others = (
        replace(plan, radar=radar_preset("rf-genesis")),
        replace(plan, options=SimulationOptions(thermal_noise=False)),
        replace(plan, activities=plan.activities[1:]),
    )
    for other in others:
        assert usual.isdisjoint(ids(other, source))


def test_shards_hold_every_source_once_and_name_their_content() -> None:
    listed = sources(5)
    shards = split_into_shards([*listed, listed[0]], ("walk",), 2)
    assert [len(shard.sources) for shard in shards] == [2, 2, 1]
    assert len({shard.key for shard in shards}) == 3
    assert split_into_shards(listed, ("walk",), 2)[0].key == shards[0].key
    assert split_into_shards(listed[1:], ("walk",), 2)[0].key != shards[0].key


def test_a_clip_never_walks_into_the_radar_from_any_side() -> None:
    for clip in read_motion_folder(CLIPS, load_body()).clips:
        for view in VIEWS:
            placement = ClipSource(clip).placement(view)
            world = clip.motion.transl @ placement.rotation.T + placement.origin_m
            assert np.hypot(world[:, 0], world[:, 1]).min() > 1.0


def test_a_radar_file_makes_the_dataset_s_tensor_or_is_refused(tmp_path: Path) -> None:
    profile = "profileCfg 0 77 20.985 7 57.14 0 0 70 1 256 5209 0 0 30\n"
    header = "sensorStop\nflushCfg\nchannelCfg 15 1 0\nadcCfg 2 1\n"
    chirps = "chirpCfg 0 0 0 0 0 0 0 1\n"
    fitting, other = tmp_path / "fits.cfg", tmp_path / "other.cfg"
    fitting.write_text(f"{header}{profile}{chirps}frameCfg 0 0 128 0 20 1 0\n")
    other.write_text(f"{header}{profile}{chirps}frameCfg 0 0 64 0 20 1 0\n")
    radar = tensor_radar(str(fitting))
    assert (radar.n_frames, radar.n_chirps) == (496, 128)
    assert tensor_radar("mmexpert-iwr1843") == radar_preset("mmexpert-iwr1843")
    with pytest.raises(RadarConfigError, match=r"64 chirps .* is \[496, 128\]"):
        tensor_radar(str(other))
