"""`stackctl images …`: the notebook images that people choose from."""
