"""The gate that every socket passes, and the one HTTP client behind it. Nothing here knows of sources."""
