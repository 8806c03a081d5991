"""Code that runs in AWS Lambda, sent inline: each module is the source of one function, within 4,096 characters."""
