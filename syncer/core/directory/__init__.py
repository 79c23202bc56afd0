"""From what the directory said to who should be in Asana; `core.desired` is the way in."""
