"""Delivery: messages are stored until every sink has them."""
