from nmapwatchd.core.matching.catalogue import Catalogue
from nmapwatchd.core.matching.matcher import Field, Kind, Matcher
from nmapwatchd.core.observation import Transport
from nmapwatchd.filters.dissection import dissection
from nmapwatchd.filters.wrappings import Wrapping
from nmapwatchd.signatures.loader import shipped_catalogue
from tests.building import ANYTHING, signature


def test_the_display_filter_is_every_transport() -> None:
    settings = dissection(shipped_catalogue())

    assert settings.display_filter == "tcp || udp || icmp || icmpv6 || sctp || ip"
    assert settings.display_filter.split(" || ") == [transport.value for transport in Transport]


def test_the_fields_are_those_that_signatures_read_with_their_kind() -> None:
    fields = dissection(shipped_catalogue()).fields

    assert fields == shipped_catalogue().decoded_fields()
    assert fields["ip.ttl"] is Kind.NUMBER
    assert fields["tcp.options"] is Kind.BYTES


def test_the_dissectors_are_the_layers_and_the_protocols_of_fields() -> None:
    without = dissection(Catalogue.of([ANYTHING], [signature("loud")]))
    shipped = dissection(shipped_catalogue())

    assert without.fields == {}
    assert {"eth", "vlan", "ip", "ipv6", "tcp", "udp", "sll"} <= without.dissectors
    assert "icmpv6" not in without.dissectors
    assert shipped.dissectors - without.dissectors == {"icmp", "icmpv6", "sctp"}


def test_a_field_that_no_signature_reads_enables_no_dissector() -> None:
    read = {"ja3": Field(Kind.TEXT, "digest", tshark="tls.handshake.ja3")}
    catalogue = Catalogue.of([Matcher("test", "Test", fields=read)], [signature("loud")])

    assert "tls" not in dissection(catalogue).dissectors


def test_the_dissectors_of_wrappings_are_those_that_are_looked_into() -> None:
    catalogue = shipped_catalogue()
    none = dissection(catalogue, frozenset())
    some = dissection(catalogue, frozenset({Wrapping.ERSPAN, Wrapping.MPLS}))

    assert some.dissectors - none.dissectors == {"gre", "erspan", "mpls"}
    assert dissection(catalogue).dissectors - some.dissectors == {"vxlan", "geneve", "pppoes"}
    assert none.decode_as == ()
    assert dissection(catalogue).decode_as == ("udp.port==4789,vxlan", "udp.port==8472,vxlan")


def test_nothing_is_reassembled_and_no_conversation_tracked() -> None:
    preferences = dissection(shipped_catalogue()).preferences

    assert set(preferences.values()) == {"FALSE"}
    assert {"tcp.desegment_tcp_streams", "ip.defragment", "ipv6.defragment"} <= set(preferences)
