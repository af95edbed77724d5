"""First messages to Informix, DB2, MySQL and PostgreSQL, on any port."""

from nmapwatchd.core.matching.matcher import Matcher, opening
from nmapwatchd.core.observation import Transport

MATCHER = Matcher(
    name="database",
    title="Informix, DB2, MySQL and PostgreSQL",
    openings=(
        opening((2, b"\x01\x3c\0\0"), (8, b"\0\x65")),  # an Informix connect, after its length
        opening(b"\0\0\0\0", (4, b"DB2D")),  # the DB2 administration server's protocol
        # A DB2 client's first message (DRDA), whose external name is empty.
        opening((2, b"\xd0\x41\0\1"), (8, b"\x10\x41\0\4\x11\x5e")),
        opening((4, b"\x85\xa6\x03\0"), (8, b"\0\0\0\x01")),  # a MySQL login, 16 MB a packet
        opening(b"\0\0\0\x31", (4, b"\0\x03\0\0")),  # a PostgreSQL startup of 49 bytes
    ),
    transports=(Transport.TCP,),
)
