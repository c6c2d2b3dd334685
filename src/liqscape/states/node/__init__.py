"""A node's state to margin pools: which of its numbers is the raw USD of which pool (docs/node.md, "Pools")."""
