"""What an earlier run did, taken back: as a plan like any other."""
