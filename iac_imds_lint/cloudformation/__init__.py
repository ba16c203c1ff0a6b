"""The frontend for CloudFormation templates in YAML and JSON: read, evaluate, edit, prove."""
