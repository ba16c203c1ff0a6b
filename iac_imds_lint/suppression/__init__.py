"""What is ignored: directives are read out of files, and applied to findings."""
