"""Values of fields that are more than one attribute of a message."""

from collections.abc import Callable, Sequence
from operator import attrgetter

from nmapwatchd.core.alert import Alert, FloodSummary, Message, Rule, SensorEvent
from nmapwatchd.core.observation import Transport, Values
from nmapwatchd.formats.attack import technique_page
from nmapwatchd.formats.escape import from_wire
from nmapwatchd.formats.field import Context, Value
from nmapwatchd.formats.sensor import PROGRAM
from nmapwatchd.formats.values import mac_address

# Transports that have another name in ECS.
_TRANSPORTS = {Transport.ICMPV6.value: "ipv6-icmp"}


def first(values: Sequence[str] | Sequence[int]) -> Value:
    """Return the first value of a list, for a field of which ECS has one."""
    return values[0] if values else ""


def macs(message: Alert | FloodSummary, context: Context) -> list[str]:
    """Return the MAC addresses in the notation of ECS."""
    return context.names([mac_address(address) for address in message.macs])


def interfaces(message: Message, context: Context) -> list[str]:
    """Return the interfaces; a replayed capture was read from a file, not from an interface."""
    return [] if context.capture else context.names(message.interfaces)


def transports(alert: Alert, context: Context) -> list[str]:
    """Return the transports by their names in ECS; `ip` stands for all others."""
    return [_TRANSPORTS.get(name, name) for name in context.names(alert.transports)]


def named_transports(alert: Alert, context: Context) -> list[str]:
    """Return the transports that have a name of their own."""
    return [name for name in transports(alert, context) if name != Transport.IP.value]


def ports(message: Alert | FloodSummary) -> list[int]:
    """Return the ports scanned; 0 stands for a transport without ports."""
    return [port for port in message.ports if port]


def network_type(message: Alert | FloodSummary, context: Context) -> str:
    """Return the version of IP, if all sources have the same."""
    addresses = context.addresses(_sources(message))
    types = {"ipv6" if ":" in address else "ipv4" for address in addresses}
    return types.pop() if len(types) == 1 else ""


def related(message: Alert | FloodSummary, context: Context) -> list[str]:
    """Return all addresses that are written of a message, each once."""
    lists = [_sources(message), message.targets]
    if isinstance(message, Alert):
        ends = (end for tunnel in message.outer for end in tunnel.split(">"))
        lists += [message.decoys, tuple(ends)]
    return list(dict.fromkeys(value for values in lists for value in context.addresses(values)))


def of_rules(attribute: str) -> Callable[[Alert | FloodSummary, Context], list[str]]:
    """Return a function that returns a text of each rule."""
    text = attrgetter(attribute)

    def take(message: Alert | FloodSummary, context: Context) -> list[str]:
        return [context.name(text(rule)) for rule in rules(message, context)]

    return take


def of_first_rule(attribute: str) -> Callable[[Alert | FloodSummary, Context], str]:
    """Return a function that returns a text of the first rule."""
    text = attrgetter(attribute)

    def take(message: Alert | FloodSummary, context: Context) -> str:
        return context.name(text(message.rules[0])) if message.rules else ""

    return take


def rules(message: Alert | FloodSummary, context: Context) -> Sequence[Rule]:
    """Return the rules that are written."""
    return message.rules[: context.bounds.rules]


def techniques(alert: Alert, context: Context) -> list[str]:
    """Return the ids of the techniques."""
    return context.names(alert.techniques)


def reference(message: Message, context: Context) -> str:
    """Return the page that describes a scan's technique; of any other message, the manual."""
    if isinstance(message, Alert) and message.techniques:
        return technique_page(techniques(message, context)[0])
    return f"man:{PROGRAM}(8)"


def tags(message: Message, context: Context) -> list[str]:
    """Return words by which documents are routed."""
    match message:
        case Alert():
            words = ["scan", message.explanation.activity.value]
            words += ["authorised"] if message.expected else []
        case FloodSummary():
            words = ["scan", "flood"]
        case SensorEvent():
            words = ["sensor"]
    return [*words, "replay"] if context.capture else words


def evidence_rules(alert: Alert, context: Context) -> list[str]:
    """Return the rule of each item of evidence."""
    return context.names([item.rule for item in alert.evidence])


def evidence_fields(alert: Alert, context: Context) -> list[str]:
    """Return the field of each item."""
    return context.names([item.field for item in alert.evidence])


def evidence_values(alert: Alert, context: Context) -> list[str]:
    """Return the value of each item."""
    items = alert.evidence[: context.bounds.members]
    return [context.text(from_wire(item.value)) for item in items]


def quoted_evidence(alert: Alert, context: Context) -> list[str]:
    """Return each item as `field=value`."""
    pairs = zip(evidence_fields(alert, context), evidence_values(alert, context), strict=True)
    return [f"{field}={value}" for field, value in pairs]


def outer_sources(alert: Alert, context: Context) -> list[str]:
    """Return the source of each tunnel."""
    return context.names([tunnel.partition(">")[0] for tunnel in alert.outer])


def outer_destinations(alert: Alert, context: Context) -> list[str]:
    """Return the destination of each tunnel."""
    return context.names([tunnel.partition(">")[2] for tunnel in alert.outer])


def _sources(message: Alert | FloodSummary) -> Values:
    return (message.source,) if isinstance(message, Alert) else message.listed
