"""The composition root: configuration, roles, command line, demo, benchmarks. The only package that sees all the others."""
