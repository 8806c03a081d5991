"""A value of the shape that a JSON schema states: always the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.evaluate import Place
from builder.render.samples import fits, sample
from builder.render.seeds import Seed
from builder.schemas import PropertyPath, Schema

# Services that keep names in lower case: S3's bucket naming rules, RDS's "identifiers are stored as lowercase".
_LOWER_CASE = frozenset({"DocDB", "ElastiCache", "Neptune", "RDS", "Redshift", "S3"})

# Types whose generated names begin with the logical ID, and do not hold the stack's, as those of other types do: ARNs
# of secrets that CloudFormation made show it, its documentation is silent. (aws-cdk issue 11573)
NAMED_WITHOUT_STACK = frozenset({"AWS::SecretsManager::Secret"})

# Limits that the registry does not state: IAM's and RDS's API references.
LONGEST_NAMES: Mapping[str, int] = {
    "AWS::IAM::InstanceProfile": 128,
    "AWS::IAM::ManagedPolicy": 128,
    "AWS::IAM::Role": 64,
    "AWS::IAM::User": 64,
    "AWS::Lambda::Function": 64,
    "AWS::RDS::DBCluster": 63,
    "AWS::RDS::DBInstance": 63,
    "AWS::S3::Bucket": 63,
    "AWS::StepFunctions::StateMachine": 80,
}

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MEMBERS = 3  # of a list whose length nothing states: enough to select from
_DEEPEST = 6  # a few schemas refer to themselves

# What identifies a thing in EC2, by the name of the attribute or by (type, attribute): the prefix of its ID.
_EC2_IDS: Mapping[str, str] = {
    "AllocationId": "eipalloc-",
    "AssociationId": "aclassoc-",
    "DefaultNetworkAcl": "acl-",
    "DefaultSecurityGroup": "sg-",
    "EniId": "eni-",
    "GroupId": "sg-",
    "InstanceId": "i-",
    "InternetGatewayId": "igw-",
    "NatGatewayId": "nat-",
    "NetworkAclAssociationId": "aclassoc-",
    "NetworkInterfaceId": "eni-",
    "NetworkInterfaceIds": "eni-",
    "RouteTableId": "rtb-",
    "SubnetId": "subnet-",
    "VolumeId": "vol-",
    "VpcId": "vpc-",
    "AWS::EC2::FlowLog": "fl-",
    "AWS::EC2::NetworkAcl": "acl-",
    "AWS::EC2::NetworkInterface": "eni-",
    "AWS::EC2::SecurityGroup": "sg-",
    "AWS::EC2::SecurityGroupEgress": "sgr-",
    "AWS::EC2::SecurityGroupIngress": "sgr-",
    "AWS::EC2::SubnetRouteTableAssociation": "rtbassoc-",
    "AWS::EC2::VPCEndpoint": "vpce-",
}
_FORMATS = {
    "AWS::EC2::Image.Id": "ami-",
    "AWS::EC2::SecurityGroup.Id": "sg-",
    "AWS::EC2::Subnet.Id": "subnet-",
    "AWS::EC2::VPC.Id": "vpc-",
}


def as_kept(type_name: str, name: str) -> str:
    """The name of a resource as its service keeps it."""
    return name.lower() if type_name.split("::")[1] in _LOWER_CASE else name


def value(shape: Mapping[str, Any], path: PropertyPath, of: Schema, seed: Seed, place: Place) -> Any:
    """A value for the attribute at `path` of a type: the schema's own constant or default, else a placeholder."""
    return _value(shape, path, of, seed, place, 0)


def _value(shape: Mapping[str, Any], path: PropertyPath, of: Schema, seed: Seed, place: Place, depth: int) -> Any:
    for key in ("const", "default"):
        if shape.get(key) is not None:
            return shape[key]
    if shape.get("enum"):
        return shape["enum"][0]
    match _type(shape):
        case "boolean":
            return False
        case "integer" | "number":
            return shape.get("minimum", 1)
        case "array":
            items = of.shape((*path, "*"))
            number = max(shape.get("minItems", 1), min(shape.get("maxItems", _MEMBERS), _MEMBERS), 1)
            if items is None or depth == _DEEPEST:
                return []
            return [
                _value(items, (*path, "*"), of, Seed(f"{seed.name}/{index}"), place, depth + 1)
                for index in range(number)
            ]
        case "object":
            names = shape.get("properties", {}) if depth < _DEEPEST else {}
            found = {name: of.shape((*path, name)) for name in names}
            return {
                name: _value(child, (*path, name), of, Seed(f"{seed.name}.{name}"), place, depth + 1)
                for name, child in found.items()
                if child is not None
            }
        case _:
            return _text(shape, path, of, seed, place)


def _type(shape: Mapping[str, Any]) -> str:
    stated = shape.get("type", "object" if "properties" in shape else "string")
    if isinstance(stated, list):
        return "string" if "string" in stated else str(stated[0])
    return str(stated)


def _text(shape: Mapping[str, Any], path: PropertyPath, of: Schema, seed: Seed, place: Place) -> str:
    pattern, low, high = shape.get("pattern"), shape.get("minLength", 0), shape.get("maxLength", 65536)
    first = None
    for candidate in _candidates(shape, path, of, seed, place):
        first = candidate if first is None else first
        if low <= len(candidate) <= high and (pattern is None or fits(pattern, candidate)):
            return candidate
    assert first is not None
    return (sample(pattern, seed) if pattern else None) or first


def _candidates(shape: Mapping[str, Any], path: PropertyPath, of: Schema, seed: Seed, place: Place) -> Iterator[str]:
    """Texts that the attribute may look like, the likeliest first."""
    name = path[-1] if path[-1] != "*" else path[-2]
    form = shape.get("format", "")
    prefix = _FORMATS.get(form) or _EC2_IDS.get(name) or (_EC2_IDS.get(of.type_name) if name == "Id" else None)
    if prefix:
        yield prefix + seed.hex(17)
    if form == "date-time" or name.endswith(("Time", "Date", "Timestamp", "At", "ValidTill")):
        yield "2030-01-01T00:00:00Z"
    if form == "uri" or name.endswith(("Url", "URL", "Uri")):
        yield f"https://{seed.hex(8)}.{place.region}.{place.url_suffix}/{seed.hex(8)}"
    if name.startswith("Ipv6"):
        yield f"2001:db8:{seed.hex(4)}:{seed.hex(2)}00::/56"
    if form.startswith("ipv4") or name.endswith(("Ip", "CidrBlock")):
        yield f"192.0.2.{int(seed.digits(2))}" + ("/32" if "Cidr" in name or "network" in form else "")
    if name.endswith(("Address", "DomainName", "DnsName", "Endpoint")) or "DomainName" in name:
        yield f"{seed.text(1, _LETTERS)}{seed.hex(11)}.{_service(of)}.{place.region}.{place.url_suffix}"
    if name == "HostedZoneId":
        yield "Z" + seed.text(20, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    if name.endswith("Port"):
        yield "5432"
    if name.endswith(("Account", "AccountId", "Owner", "OwnerId")):
        yield place.account
    if name == "Region":
        yield place.region
    if name == "DbiResourceId":
        yield "db-" + seed.text(26, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    if name in {"DBClusterResourceId", "ClusterResourceId"}:
        yield "cluster-" + seed.text(26, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    if name.endswith(("Id", "Identifier")):
        yield seed.uuid()
    yield f"{path[-1].lower()}-{seed.hex(12)}" if path[-1] != "*" else seed.hex(12)
    yield seed.uuid()


def _service(of: Schema) -> str:
    return of.type_name.split("::")[1].lower()
