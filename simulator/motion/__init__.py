"""Body motion: the script vocabulary, the engine that turns a script into motion, and measured facts."""
