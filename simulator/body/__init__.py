"""The human body: SMPL-layout models, their skeleton, and skinning."""
