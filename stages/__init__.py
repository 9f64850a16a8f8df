"""The stages of the pipeline, one file each; pipeline.py says in which order they come."""
