"""What the evaluator raises."""

from __future__ import annotations


class EvaluationError(Exception):
    """Something in a template cannot be resolved, or stands where CloudFormation does not allow it.

    `path` names the place in the template, e.g. `Resources.Database.Properties.Port`; `what` says what is wrong there,
    and `fix` what to do about it, where that is known.
    """

    def __init__(self, path: str, what: str, fix: str = "") -> None:
        self.path = path
        self.what = what
        self.fix = fix
        super().__init__(f"{path}: {what}")


class Undecidable(Exception):
    """The outcome depends on something outside the template, e.g. the VPC of a subnet that only AWS can tell."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


def only_inside_aws(path: str, what: str) -> EvaluationError:
    """For what AWS expands before it looks at the rest, such as a macro: nobody else knows what comes of it."""
    fix = "take what AWS made of it: aws cloudformation get-template --stack-name NAME --template-stage Processed"
    return EvaluationError(path, what, fix)
