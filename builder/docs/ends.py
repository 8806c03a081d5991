"""Where arrows begin or end outside of the template: clients, the internet, another Region or account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from builder.docs import catalogue
from builder.docs.flows import CLIENTS, ELSEWHERE, GIVEN, INTERNET, Flow
from builder.docs.items import Item, wrapped
from builder.docs.network import Vpc
from builder.docs.reading import Reading, Resource, plain
from builder.evaluate.nodes import as_list

_SOURCES = ("SourceSecurityGroupId", "SourcePrefixListId", "CidrIp", "CidrIpv6")
_SERVERS = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::RDS::DBProxy")


def crossing(networks: Iterable[Vpc], reading: Reading) -> Iterator[Flow]:
    """What crosses the border: clients to databases, and internet gateways to the internet."""
    for server in reading.of_type(*_SERVERS):
        if any(_admitted(server, reading)):
            port = plain(server.properties.get("Port", ""))
            words = (["TLS"] if _forces_tls(server, reading) else []) + ([f"port {port}"] if port else [])
            yield Flow(source=CLIENTS, target=server.logical_id, label=", ".join(words) or "connections", sort="data")
    label = "outbound, by NAT" if reading.of_type("AWS::EC2::NatGateway") else "public subnets"
    for vpc in networks:
        for name in vpc.edge:
            if reading.resources[name].type == "AWS::EC2::InternetGateway":
                yield Flow(source=name, target=INTERNET, label=label, sort="data")


def strangers(found: Iterable[Flow], reading: Reading) -> Iterator[Item]:
    """The ends of flows that are not of the template."""
    ends = {end for flow in found for end in (flow.source, flow.target)}
    if INTERNET in ends:
        yield Item(id=INTERNET, icon=catalogue.INTERNET_ICON, title="Internet")
    if CLIENTS in ends:
        admitted = [source for server in reading.of_type(*_SERVERS) for source in _admitted(server, reading)]
        lines = wrapped(dict.fromkeys(_merged(admitted)))
        yield Item(id=CLIENTS, icon=catalogue.CLIENTS_ICON, title="Clients", lines=lines)
    for end in sorted(end for end in ends if end.startswith(GIVEN)):
        name = end.removeprefix(GIVEN)
        icon = next((icon for word, icon in catalogue.NAMED_ICONS.items() if word in name), catalogue.UNKNOWN_ICON)
        yield Item(id=end, icon=icon, title=name, lines=("given by parameter",))
    if ELSEWHERE in ends:
        yield Item(id=ELSEWHERE, icon=catalogue.ELSEWHERE_ICON, title="Elsewhere", lines=("another Region or account",))


def _admitted(server: Resource, reading: Reading) -> Iterator[str]:
    """The sources that a server's security groups admit, in words."""
    ranges = {
        plain(each.properties.get("CidrBlock", "")): each.logical_id for each in reading.of_type("AWS::EC2::Subnet")
    }
    worn = [server.properties.get(key) for key in ("VPCSecurityGroups", "VpcSecurityGroupIds")]
    for group in reading.mentioned(worn):
        rules = as_list(reading.resources[group].properties.get("SecurityGroupIngress"))
        rules += [
            each.properties
            for each in reading.of_type("AWS::EC2::SecurityGroupIngress")
            if group in reading.mentioned(each.properties.get("GroupId"))
        ]
        for rule in rules:
            source = next((rule[key] for key in _SOURCES if rule.get(key)), "")
            named = reading.mentioned(source)
            yield f"wearing {named[0]}" if named else f"in {ranges.get(plain(source), plain(source))}"


def _forces_tls(server: Resource, reading: Reading) -> bool:
    keys = ("DBParameterGroupName", "DBClusterParameterGroupName")
    groups = reading.mentioned([server.properties.get(key) for key in keys])
    settings = [reading.resources[name].properties.get("Parameters", {}) for name in groups]
    return any(str(each.get("rds.force_ssl")) == "1" for each in settings)


def _merged(admitted: Sequence[str]) -> Iterator[str]:
    """`in PrivateSubnet1`, `in PrivateSubnet2` become `in PrivateSubnet1 to 2`."""
    stems: dict[str, list[str]] = {}
    for source in dict.fromkeys(admitted):
        stem = source.rstrip("0123456789")
        stems.setdefault(stem if stem[-1].isalpha() else source, []).append(source)
    for stem, sources in stems.items():
        yield sources[0] + (f" to {sources[-1][len(stem) :]}" if len(sources) > 1 else "")
