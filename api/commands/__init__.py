"""Commands of ``tickerboard`` that are about the gateway."""
