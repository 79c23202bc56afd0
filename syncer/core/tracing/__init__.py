"""Everything about one person, put together from the workings of a plan."""
