"""What CloudFormation would see of any template: render it, offline, from the one evaluator."""

from builder.render.rendered import Rendered
from builder.render.rendering import LocalTemplates, attempt, render

__all__ = ["LocalTemplates", "Rendered", "attempt", "render"]
