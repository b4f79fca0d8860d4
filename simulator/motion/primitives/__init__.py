"""Motion primitives, one module per family; each writes target tracks onto the timeline."""
