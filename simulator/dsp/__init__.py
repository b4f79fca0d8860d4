"""Signal processing from ADC samples to doppler_time, the same for simulated and recorded data."""
