"""Declarative directory-to-Asana sync: plan, review, apply."""

__version__ = "0.1.0"
