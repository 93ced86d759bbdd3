"""What happened?  Bitemporal facts, and the imports that bring them."""
