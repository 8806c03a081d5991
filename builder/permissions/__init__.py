"""Which permissions a deployment of a template needs: derived from the registry's handlers, scoped by its names.

The result is a starting superset: handlers list what any property of their type may need, and a service may ask for
what no schema tells. Deploy once with it, and compare with CloudTrail what was used.
"""
