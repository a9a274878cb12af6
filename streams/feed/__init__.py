"""Where records come from: the vendor's protocol, files and the simulator."""
