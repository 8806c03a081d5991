"""The commands that talk to an AWS account: plan, deploy, watch, destroy and others.

Only here is boto3 imported. Every command names its Region, gives up with one line when AWS refuses, and prints what it
does in a form that can be repeated by hand.
"""
