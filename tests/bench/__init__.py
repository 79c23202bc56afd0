"""The benchmark: run by hand; the tests only see that it works."""
