"""Carry out a plan: plan file, lock, journal, ledger, executor."""
