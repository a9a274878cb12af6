"""Thin Faust agents: each takes batches from one topic and hands them to the table that folds them."""
