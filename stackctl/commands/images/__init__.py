"""`stackctl images …`, one file per command."""
