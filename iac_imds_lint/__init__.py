"""Static linter for EC2 instance metadata: finds what answers IMDSv1, and repairs it."""
