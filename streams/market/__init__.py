"""The market's arithmetic: pure functions over columns, with no broker, no store and no clock."""
