"""The parts of a digest, one file each: facts in, a Section out, or None where there is nothing to say."""
