"""
Benchmarks: every line is a ratio of the product to a limit (or of a naive way to the product)
measured in the same run.
"""
