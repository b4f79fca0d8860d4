"""The wave-language model: configuration, modeling, processing, and its use."""
