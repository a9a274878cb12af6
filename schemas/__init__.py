"""What both sides of the log share: records and their Avro form, metrics, boards, Redis keys and the clock."""
