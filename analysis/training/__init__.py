"""Training: from labelled texts to the files in ``analysis/models``. Nothing of it is imported while Earshot runs."""
