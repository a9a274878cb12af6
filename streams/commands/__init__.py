"""The commands of ``tickerboard``, one module each."""
