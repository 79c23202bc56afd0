"""The language of rules: expressions, templates and filters that cannot hang or reach out."""
