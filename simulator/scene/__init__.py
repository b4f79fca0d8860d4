"""Where radar and body stand, and which points of the body the radar sees."""
