"""The exchange itself in exact integers: order books, margin, marks, funding, liquidation, auto-deleveraging. Pure."""
