"""Files of motion that are not read, by their endings, and what their owner can do."""

from __future__ import annotations

from pathlib import Path

_SCENES = (".fbx", ".glb", ".gltf", ".usd", ".usda", ".usdc", ".usdz", ".dae")
_MARKERS = (".c3d", ".trc")
_SKELETONS = (".asf", ".amc", ".mvnx", ".htr")
_OBJECTS = (".pt", ".pth", ".joblib")
_PACKED = (".zip", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".7z", ".rar")
_REASONS: dict[str, str] = {
    **dict.fromkeys(_SCENES, "scenes are not read: export its skeleton as BVH, for instance from Blender"),
    **dict.fromkeys(_MARKERS, "it holds markers, no joints: solve it for a skeleton first, then export BVH"),
    **dict.fromkeys(_SKELETONS, "skeletons of this format are not read: convert it to BVH"),
    **dict.fromkeys(
        _OBJECTS,
        "it may run code when it is read: save its arrays with np.save (joints) or np.savez (SMPL parameters)",
    ),
    **dict.fromkeys(_PACKED, "it is packed: unpack it, the motion in it is not looked at"),
}


def why_not_read(path: Path) -> str | None:
    """The reason why a file that likely holds motion is not read; None for any other file."""
    reason = _REASONS.get(path.suffix.lower())
    return f"{path.suffix.lower()}: {reason}" if reason else None
