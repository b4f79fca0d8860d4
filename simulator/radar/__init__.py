"""The FMCW radar: configuration, link budget, scatterers, beat signal and thermal noise."""
