"""Terraform and OpenTofu: HCL and its JSON syntax, modules, evaluation, and how an edit is written in each."""
