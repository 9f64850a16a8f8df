"""Measurements that anyone can repeat. Not installed, and nothing of ours imports it."""
