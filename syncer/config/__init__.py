"""The config file: YAML in, one frozen model out, every problem with file and line."""
