"""The words of the project as frozen data. Imports nothing of ours outside `model/`."""
