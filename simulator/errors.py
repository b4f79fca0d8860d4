"""What the simulator raises: one root and a few named children."""

from __future__ import annotations


class SimulatorError(Exception):
    """Root of every error that the simulator raises on purpose."""


class BodyFileError(SimulatorError, ValueError):
    """A body model file is missing, unsafe to read, or not in SMPL's layout."""


class BodyShapeError(SimulatorError, ValueError):
    """Body shape asked for (height, build, number of betas) lies outside what the body can take."""


class MotionFileError(SimulatorError, ValueError):
    """A motion file, or a whole folder of them, cannot be turned into body motion.

    Attributes:
        kind: what is wrong in a word or two, one of `importers.refusals.REASON_KINDS`; tables count by it.
    """

    def __init__(self, message: str, kind: str = "damaged") -> None:
        super().__init__(message)
        self.kind = kind


class GeneratorError(SimulatorError, RuntimeError):
    """A text-to-motion command is unusable, failed, took too long or wrote nothing."""


class MotionError(SimulatorError, ValueError):
    """A body motion is malformed, or is asked for instants that it does not hold."""


class ScriptError(SimulatorError, ValueError):
    """A motion script breaks a rule of the vocabulary; the message lists every problem."""


class RadarConfigError(SimulatorError, ValueError):
    """A radar configuration, placement or simulation option is impossible."""


class SceneError(SimulatorError, ValueError):
    """A scene of simple targets is malformed, or one of its targets cannot be where it is put."""
