"""Predicted against measured: the product's own test."""
