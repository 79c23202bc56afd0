"""Directory readers, one file per format. Each returns a reading: records and problems."""
