"""What gets deployed: functions that add one concern each to a template, and the stacks composed of them.

Imports troposphere and awacs, and nothing of this project outside this package.
"""
