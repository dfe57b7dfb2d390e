"""Stand-ins for services that the product uses and a test machine does not have."""
