"""Stand-ins for what the product talks to and a test machine does not have."""
