"""The rules: pure functions, model in, model out."""
