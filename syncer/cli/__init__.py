"""The command line, one file per command; wiring.py builds the concrete objects."""
