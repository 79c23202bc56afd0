"""What leaves the house for those who watch: numbers for Prometheus, notes for people."""
