"""Runnable benchmarks: each prints a table. Figures are kept in docs/benchmarks.md."""
