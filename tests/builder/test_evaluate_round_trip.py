"""Random templates whose value is known by construction, and random nodes that are never a crash."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.evaluate import Evaluation, EvaluationError
from tests.builder.evaluating import EXTENDED, PLACE, Made, evaluation

ABSENT = object()
texts = st.text(alphabet="abcXYZ019 -_./:é", max_size=8)


@dataclass
class Built:
    """A template that grows with the nodes that are drawn: what a node names is declared as it is made."""

    parameters: dict[str, Any] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)

    def named(self, section: dict[str, Any], prefix: str, entry: object) -> str:
        name = f"{prefix}{len(section)}"
        section[name] = entry
        return name

    def template(self) -> dict[str, Any]:
        return {
            **EXTENDED,
            "Parameters": self.parameters,
            "Mappings": self.mappings,
            "Conditions": self.conditions,
        }


class Maker:
    """Draws nodes together with the value that CloudFormation gives them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.built = Built()

    def text(self, depth: int) -> tuple[Any, str]:
        """A node that gives a text."""
        makers = [self.literal, self.parameter, self.mapped]
        if depth:
            makers += [self.joined, self.selected, self.substituted, self.encoded, self.chosen, self.written]
        maker = makers[self.draw(st.integers(0, len(makers) - 1))]
        node, value = maker(depth - 1)
        return node, value

    def literal(self, depth: int) -> tuple[Any, str]:
        value = self.draw(texts)
        return value, value

    def parameter(self, depth: int) -> tuple[Any, str]:
        value = self.draw(texts)
        name = self.built.named(self.built.parameters, "P", {"Type": "String", "Default": value})
        return {"Ref": name}, value

    def mapped(self, depth: int) -> tuple[Any, str]:
        value = self.draw(texts)
        name = self.built.named(self.built.mappings, "M", {"top": {"second": value}})
        keys = [name, "top", "second"]
        if self.draw(st.booleans()):
            keys[1] = self.draw(st.sampled_from(["none", "top"]))
            return {"Fn::FindInMap": [*keys, {"DefaultValue": value}]}, value
        return {"Fn::FindInMap": keys}, value

    def joined(self, depth: int) -> tuple[Any, str]:
        delimiter = self.draw(texts)
        node, values = self.list_(depth)
        return {"Fn::Join": [delimiter, node]}, delimiter.join(values)

    def selected(self, depth: int) -> tuple[Any, str]:
        node, values = self.list_(depth)
        if not values:
            return "", ""
        index = self.draw(st.integers(0, len(values) - 1))
        return {"Fn::Select": [self.draw(st.sampled_from([index, str(index)])), node]}, values[index]

    def substituted(self, depth: int) -> tuple[Any, str]:
        name, inner = "V", self.text(depth)
        before, after = self.draw(texts), self.draw(texts)
        node = {"Fn::Sub": [f"{before}${{{name}}}${{!Kept}}{after}", {name: inner[0]}]}
        return node, f"{before}{inner[1]}${{Kept}}{after}"

    def encoded(self, depth: int) -> tuple[Any, str]:
        node, value = self.text(depth)
        return {"Fn::Base64": node}, base64.b64encode(value.encode()).decode()

    def chosen(self, depth: int) -> tuple[Any, str]:
        name, holds = self.condition()
        (taken, value), (other, _) = self.text(depth), self.text(depth)
        return {"Fn::If": [name, taken, other] if holds else [name, other, taken]}, value

    def written(self, depth: int) -> tuple[Any, str]:
        node, values = self.list_(depth)
        return {"Fn::ToJsonString": [node]}, json.dumps([values], separators=(",", ":"), ensure_ascii=False)

    def list_(self, depth: int) -> tuple[Any, list[str]]:
        """A node that gives a list of texts."""
        pairs = [self.text(depth) for _ in range(self.draw(st.integers(0, 3)))]
        values = [value for _, value in pairs]
        nodes: list[Any] = [node for node, _ in pairs]
        if self.draw(st.booleans()):
            nodes.insert(self.draw(st.integers(0, len(nodes))), {"Ref": "AWS::NoValue"})
        whole = "|".join(values)
        if values and whole.count("|") == len(values) - 1 and self.draw(st.booleans()):
            return {"Fn::Split": ["|", {"Fn::Join": ["|", nodes]}]}, values
        return nodes, values

    def condition(self) -> tuple[str, bool]:
        """The name of a condition and whether it holds."""
        node, holds = self.predicate(2)
        return self.built.named(self.built.conditions, "C", node), holds

    def predicate(self, depth: int) -> tuple[dict[str, Any], bool]:
        """A node that is true or false."""
        kind = self.draw(st.sampled_from(["Equals", "And", "Or", "Not", "Condition"] if depth else ["Equals"]))
        if kind == "Equals":
            (left, a), (right, b) = self.parameter(0), self.mapped(0) if self.draw(st.booleans()) else self.literal(0)
            return {"Fn::Equals": [left, right]}, a == b
        if kind == "Not":
            node, holds = self.predicate(depth - 1)
            return {"Fn::Not": [node]}, not holds
        if kind == "Condition":
            node, holds = self.predicate(depth - 1)
            return {"Condition": self.built.named(self.built.conditions, "C", node)}, holds
        operands = [self.predicate(depth - 1) for _ in range(self.draw(st.integers(2, 4)))]
        combine = all if kind == "And" else any
        return {f"Fn::{kind}": [node for node, _ in operands]}, combine(holds for _, holds in operands)


@st.composite
def texts_by_construction(draw: st.DrawFn) -> tuple[dict[str, Any], Any, str]:
    maker = Maker(draw)
    node, value = maker.text(4)
    return maker.built.template(), node, value


@st.composite
def conditions_by_construction(draw: st.DrawFn) -> tuple[dict[str, Any], str, bool]:
    maker = Maker(draw)
    name, holds = maker.condition()
    return maker.built.template(), name, holds


@given(texts_by_construction())
def test_a_node_has_the_value_it_was_built_from(case: tuple[dict[str, Any], Any, str]) -> None:
    template, node, value = case
    assert evaluation(template).value(node, "P") == value


@given(texts_by_construction())
def test_evaluating_does_not_change_the_template(case: tuple[dict[str, Any], Any, str]) -> None:
    template, node, _ = case
    before = json.dumps([template, node])
    evaluation(template).value(node, "P")
    assert json.dumps([template, node]) == before


@given(conditions_by_construction())
def test_a_condition_holds_as_it_was_built(case: tuple[dict[str, Any], str, bool]) -> None:
    template, name, holds = case
    assert evaluation(template).condition(name) is holds


@given(st.lists(st.sets(st.integers(0, 9), max_size=3), min_size=10, max_size=10), st.permutations(range(10)))
def test_the_creation_order_respects_every_reference(needs: list[set[int]], names: list[int]) -> None:
    """Resource n may need those before it in a hidden order only, so that there is no circle."""
    resources = {
        f"R{names[n]}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"X": [{"Ref": f"R{names[m]}"} for m in sorted(needs[n]) if m < n]},
        }
        for n in range(10)
    }
    shuffled = dict(sorted(resources.items()))
    made = evaluation({"Resources": shuffled})
    order = made.creation_order()
    assert sorted(order) == sorted(resources)
    for position, name in enumerate(order):
        assert set(made.references(name)) <= set(order[:position])


junk: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["P", "Q", "Q.Arn", "${P}", "${Q.Arn}", "AWS::Region", "AWS::NoValue", "C", "M"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["A", "Ref", "Condition", "Type", "Value", "Properties", "DependsOn"]), inner, max_size=3
        )
        | st.dictionaries(
            st.sampled_from(
                [
                    f"Fn::{name}"
                    for name in (
                        "And",
                        "Base64",
                        "Cidr",
                        "Contains",
                        "EachMemberIn",
                        "Equals",
                        "FindInMap",
                        "ForEach::L",
                        "GetAZs",
                        "GetAtt",
                        "If",
                        "ImportValue",
                        "Join",
                        "Length",
                        "Not",
                        "Or",
                        "RefAll",
                        "Select",
                        "Split",
                        "Sub",
                        "ToJsonString",
                        "Transform",
                        "ValueOf",
                        "ValueOfAll",
                    )
                ]
            ),
            inner,
            min_size=1,
            max_size=1,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Conditions": st.dictionaries(st.sampled_from(["C", "D"]), junk, max_size=2),
            "Mappings": st.just({"M": {"a": {"b": "c"}}}) | junk,
            "Rules": st.dictionaries(
                st.just("R"),
                st.fixed_dictionaries({"Assertions": st.lists(st.fixed_dictionaries({"Assert": junk}), max_size=2)}),
            ),
            "Resources": st.dictionaries(
                st.sampled_from(["Q", "R"]),
                st.fixed_dictionaries(
                    {"Type": st.just("AWS::X::Y")},
                    optional={
                        "Properties": st.dictionaries(st.just("X"), junk, max_size=1),
                        "Condition": junk,
                        "DeletionPolicy": junk,
                        "DependsOn": junk,
                    },
                ),
            )
            | junk,
            "Outputs": st.dictionaries(st.just("O"), st.fixed_dictionaries({"Value": junk})),
            "Transform": st.just("AWS::LanguageExtensions") | junk,
        },
    )
)
def test_any_template_is_evaluated_or_refused_with_a_path(template: dict[str, Any]) -> None:
    template["Parameters"] = {"P": {"Type": "String"}}
    try:
        errors = Evaluation(template, {"P": "p"}, PLACE, Made()).errors()
    except EvaluationError as refused:
        errors = (refused,)
    for error in errors:
        assert error.path
        assert error.what
