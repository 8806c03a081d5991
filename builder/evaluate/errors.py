"""What the evaluator raises."""

from __future__ import annotations


class EvaluationError(Exception):
    """Something in a template cannot be resolved, or stands where CloudFormation does not allow it.

    `path` names the place in the template, e.g. `Resources.Database.Properties.Port`; `what` says what is wrong there.
    """

    def __init__(self, path: str, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path}: {what}")


class Undecidable(Exception):
    """The outcome depends on something outside the template, e.g. the VPC of a subnet that only AWS can tell."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)
