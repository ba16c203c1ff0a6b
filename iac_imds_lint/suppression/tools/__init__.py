"""Comments and metadata that other tools honour, one module a tool or a form: each reads them as its tool does.

Where a tool would not honour an exception, it is none here. Where it honours more than can be told from the file (a
workspace, the value of another attribute), it is none here either: a finding too many is seen, one too few is not.
"""
