"""HumanML3D's folder layout, tried on a small data set made from clips that may be shipped."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.body.skeleton import JOINT, rotation_matrices
from simulator.motion.importers.folder import MotionFolder, list_recordings, read_motion_folder
from simulator.motion.importers.humanml3d_dataset import family_of
from simulator.motion.importers.humanml3d_texts import read_texts
from simulator.motion.importers.humanml3d_vectors import joints_to_vectors
from simulator.motion.importers.manifest import CaptionedPart
from simulator.motion.importers.motion_file import MotionClip

DATA = Path(__file__).parents[1] / "data" / "motion"
TAGS = "a/DET man/NOUN walk/VERB"


def mirrored(joints: np.ndarray) -> np.ndarray:
    swapped = joints.copy()
    for name, index in JOINT.items():
        other = name.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right")
        if index < 22:
            swapped[:, JOINT[other]] = joints[:, index]
    return swapped * [-1.0, 1.0, 1.0]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """000001 with captions of all of it and of a part, its mirror image, 000003 as features, 000007 bare."""
    root = tmp_path_factory.mktemp("HumanML3D")
    for name in ("new_joints", "new_joint_vecs", "texts"):
        (root / name).mkdir()
    kick = np.load(DATA / "dm_kick.npy").astype(np.float64)
    there = np.concatenate([kick, kick[::-1]])  # 62 poses, 3.05 s
    walk = np.load(DATA / "dm_walk.npy")
    backwards = walk @ rotation_matrices([0.0, np.pi, 0.0]).T
    for clip_id, joints in {"000001": there, "M000001": mirrored(there), "000007": backwards}.items():
        np.save(root / "new_joints" / f"{clip_id}.npy", joints.astype(np.float32))
    np.save(root / "new_joint_vecs" / "000001.npy", joints_to_vectors(there).astype(np.float32))
    np.save(root / "new_joint_vecs" / "000003.npy", joints_to_vectors(walk).astype(np.float32))
    whole = f"a person kicks#{TAGS}#0.0#0.0\na man kicks # twice#{TAGS}#nan#nan\n"
    part = f"one kick#{TAGS}#0.5#2.02\nhe kicks once#{TAGS}#0.5#2.02\ntoo short#{TAGS}#2.0#2.5\n"
    faulty = f"no tags\n#{TAGS}#0.0#0.0\nends early#{TAGS}#2.0#1.0\nno time#{TAGS}#a#b\n\n"
    (root / "texts" / "000001.txt").write_text(whole + part + faulty)
    (root / "texts" / "M000001.txt").write_text(whole)
    (root / "texts" / "000003.txt").write_text(f"only a part#{TAGS}#0.0#1.2\n")
    lists = {
        "train": "000001\n",
        "val": "000003\n",
        "test": "M000001\n000003\n",
        "train_val": "000001\n000003\n",
    }
    lists["all"] = "000001\nM000001\n000003\n000007\n000098\n000099\n"
    for name, text in lists.items():
        (root / f"{name}.txt").write_text(text)
    return root


@pytest.fixture(scope="module")
def found(dataset: Path, standin_body: BodyModel) -> MotionFolder:
    return read_motion_folder(dataset, standin_body)


@pytest.fixture(scope="module")
def clips(found: MotionFolder) -> dict[str, MotionClip]:
    return {clip.clip_id: clip for clip in found.clips}


def test_every_motion_and_every_captioned_part_is_a_clip(clips: dict[str, MotionClip]) -> None:
    assert list(clips) == ["000001", "000001@0.50-2.02s", "M000001", "000003@0.00-1.20s", "000007"]
    assert clips["000001"].captions == ("a person kicks", "a man kicks # twice")
    assert clips["000001@0.50-2.02s"].captions == ("one kick", "he kicks once")
    assert clips["000001"].format == "HumanML3D joints"  # where both are there, the joints are read
    assert clips["000003@0.00-1.20s"].format == "HumanML3D vectors"
    assert all(
        clip.may_ship is False and "no redistribution" in (clip.licence or "") for clip in clips.values()
    )
    assert clips["000007"].source == "HumanML3D/new_joints/000007.npy"


def test_a_part_holds_the_frames_that_its_tags_name(clips: dict[str, MotionClip]) -> None:
    """`int(0.5 * 20)` up to, not including, `int(2.02 * 20)`, as the public loaders cut."""
    part, whole = clips["000001@0.50-2.02s"], clips["000001"]
    assert (part.motion.n_poses, part.motion.rate_hz) == (40 - 10, 20.0)
    assert part.start_s == 0.5
    step = np.linalg.norm(np.diff(part.motion.transl[:, :2], axis=0), axis=1)
    same = np.linalg.norm(np.diff(whole.motion.transl[10:40, :2], axis=0), axis=1)
    assert np.allclose(step, same, atol=2e-3)
    assert part.content_hash != whole.content_hash and part.family == whole.family


def test_mirror_images_stay_with_their_original(clips: dict[str, MotionClip]) -> None:
    original, image = clips["000001"], clips["M000001"]
    assert (original.family, original.split) == (image.family, image.split) == ("HumanML3D/000001", "train")
    assert "a mirror image: it stays in the split of 000001" in image.notes
    kicked, mirror = original.motion.transl, image.motion.transl
    assert np.allclose(kicked * [-1, 1, 1], mirror, atol=0.02)
    assert (family_of("M012314"), family_of("012314"), family_of("Mary")) == ("012314", "012314", "Mary")


def test_what_is_missing_is_named(found: MotionFolder, clips: dict[str, MotionClip]) -> None:
    bare = clips["000007"]
    assert bare.captions == () and bare.split == ""
    assert "it has no captions: there is no texts/000007.txt" in bare.notes
    assert "it does not face +z at the start, as the format has it: turned" in bare.notes
    assert "4 lines of 000001.txt are no caption#tokens#start#end: left out" in clips["000001"].notes
    reasons = {skip.path: (skip.reason, skip.kind) for skip in found.skipped}
    assert reasons == {
        "all.txt": ("000098, 000099: there is no such file", "missing file"),
        "test.txt": ("000003: in another split too, which is kept", "bad list"),
        "new_joints/000001.npy@2.00-2.50s": ("it lasts 0.45 s, a clip needs at least 1.0 s", "too short"),
    }


def test_a_split_list_alone_tells_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "new_joints").mkdir()
    (tmp_path / "train.txt").write_text("\n".join(f"{n:06d}" for n in range(9)))
    entries, skipped = list_recordings(tmp_path)
    assert entries == []
    assert [skip.reason for skip in skipped] == [
        "000000, 000001, 000002, 000003, 000004 and 4 more: there is no such file"
    ]


def test_texts_are_read_as_the_public_loaders_do(dataset: Path) -> None:
    whole, parts, notes = read_texts(dataset / "texts" / "000001.txt")
    assert len(whole) == 2 and len(notes) == 1
    assert parts == (
        CaptionedPart(start_s=0.5, end_s=2.02, captions=("one kick", "he kicks once")),
        CaptionedPart(start_s=2.0, end_s=2.5, captions=("too short",)),
    )


def test_entries_can_go_to_another_process(dataset: Path) -> None:
    entries, _ = list_recordings(dataset)
    assert pickle.loads(pickle.dumps(entries)) == entries
    assert [entry.id for entry in entries][:2] == ["000001", "M000001"]


def test_a_clone_that_holds_the_data_set_is_recognised(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "HumanML3D").symlink_to(dataset, target_is_directory=True)
    (tmp_path / "Mean.npy").write_bytes(b"")
    entries, skipped = list_recordings(tmp_path)
    assert [entry.file for entry in entries][:1] == ["HumanML3D/new_joints/000001.npy"]
    assert [skip.path for skip in skipped] == ["test.txt", "all.txt"]


def test_scales_beside_features_are_no_clips(tmp_path: Path) -> None:
    for name in ("Mean.npy", "Std.npy", "clip.npy"):
        np.save(tmp_path / name, np.zeros(263))
    assert [entry.file for entry in list_recordings(tmp_path)[0]] == ["clip.npy"]
