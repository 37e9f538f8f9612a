"""The product: rules, storage, gateways. Knows no Tornado."""
