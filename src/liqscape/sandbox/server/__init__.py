"""The sandbox on the network: the exchange's own HTTP and WebSocket protocol on loopback, its limits, faults."""
