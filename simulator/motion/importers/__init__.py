"""Readers that turn files of real motion into body motion."""
