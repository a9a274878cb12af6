"""The numbers of BENCHMARKS.md: each module measures one thing on the real services and returns a table."""
