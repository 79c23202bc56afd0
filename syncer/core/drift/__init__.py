"""Drift: what changed in Asana since our last runs, and what this plan does about it."""
