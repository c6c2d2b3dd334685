"""The network: asks servers that speak the exchange's protocol. Bytes come from here, records are made in `wire`."""
