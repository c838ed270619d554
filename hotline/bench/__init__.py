"""Benchmarks. Every figure stands beside a yardstick measured in the same run; the ratio is the claim, the figure is the weather."""
