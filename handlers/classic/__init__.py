"""The classic prefix /api/v1.0 and the front ends that talk to it: translation only, over the same services."""
