"""Body motion to radar tensors: scripts, bodies, scenes, FMCW physics. Imports no learning framework."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "BodyModel": ".body.model",
    "BodyMotion": ".motion.body_motion",
    "CAPTURE_FLAGS": ".capture",
    "Capture": ".capture",
    "Contacts": ".motion.contacts",
    "GeneratorError": ".errors",
    "IMPORT_VERSION": ".motion.importers.motion_file",
    "ManifestClip": ".motion.importers.manifest",
    "MotionClip": ".motion.importers.motion_file",
    "MotionFacts": ".motion.facts",
    "MotionGenerator": ".motion.generators",
    "MotionRequest": ".motion.generators",
    "MotionScript": ".motion.script",
    "Placement": ".scene.placement",
    "PosedBody": ".scene.posed_body",
    "RadarConfig": ".radar.config",
    "Room": ".scene.room",
    "RangeCube": ".dsp.range_cube",
    "SCENE_FLAGS": ".scene_capture",
    "SEXES": ".motion.script",
    "SIMULATOR_VERSION": ".capture",
    "SYNTHESIS_VERSION": ".motion.synthesis",
    "SceneCapture": ".scene_capture",
    "SimulationOptions": ".simulation_options",
    "SimulatorError": ".errors",
    "SkippedFile": ".motion.importers.folder",
    "SpectrogramOptions": ".dsp.spectrogram",
    "TargetReading": ".scene.target_readings",
    "TargetScene": ".scene.targets",
    "VIEWS": ".scene.placement",
    "activity_of": ".motion.script",
    "capture_view": ".capture",
    "cell_noise_mw": ".radar.noise",
    "check_cfg_header": ".radar.ti_cfg_header",
    "compare_with_script": ".motion.facts_of_script",
    "contacts_of": ".motion.contacts",
    "disagreements": ".motion.facts_of_script",
    "doppler_time": ".dsp.spectrogram",
    "gate_width_for_all_m": ".scene.people",
    "horizontal_range_m": ".scene.placement",
    "list_recordings": ".motion.importers.folder",
    "living_room": ".scene.room",
    "load_body": ".body.model",
    "measure_facts": ".motion.facts",
    "parse_ti_cfg": ".radar.ti_cfg",
    "pose_body": ".scene.posed_body",
    "pose_joints": ".body.model",
    "pose_people": ".capture",
    "pose_vertices": ".body.model",
    "raw_adc": ".adc_frames",
    "raw_adc_blocks": ".adc_frames",
    "radar_names": ".radar.boards",
    "radar_preset": ".radar.boards",
    "range_cube_from_adc": ".dsp.range_cube",
    "range_doppler_dbm": ".range_doppler",
    "read_listed_recording": ".motion.importers.folder",
    "read_motion_file": ".motion.importers.motion_file",
    "read_motion_folder": ".motion.importers.folder",
    "read_scene": ".scene.targets",
    "resolve_radar": ".radar.ti_cfg",
    "script_schema": ".motion.script",
    "simulate": ".capture",
    "simulate_scene": ".scene_capture",
    "simulate_people": ".capture",
    "simulate_views": ".capture",
    "start_wavelength_max_velocity_mps": ".radar.ti_cfg_write",
    "synthesize": ".motion.synthesis",
    "unlisted_files": ".motion.importers.folder",
    "validate_script": ".motion.script",
    "with_option_values": ".option_values",
    "write_motion": ".motion.importers.write_motion",
    "write_ti_cfg": ".radar.ti_cfg_write",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
