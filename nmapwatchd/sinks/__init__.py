"""The edge to the operator: rendering, which is pure, apart from transport."""
