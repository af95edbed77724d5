"""How we know a collector over TLS, and how it knows us."""

import ssl
from dataclasses import dataclass

from nmapwatchd.sinks.sink import SinkError


@dataclass(frozen=True, slots=True)
class Tls:
    """
    Certificates.

    Args:
        ca_file: who may vouch for the collector, PEM; empty for the system's own authorities.
        cert_file: our own certificate, PEM; empty where the collector asks for none.
        key_file: its key, PEM; empty where it is in `cert_file`.
        verify: whether the collector must prove its name; off, anybody can read the alerts.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """
        Read the files, anew each time, so that a renewed certificate is taken up.

        Raises:
            SinkError: one cannot be read.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except OSError as error:
            raise SinkError.of(self.ca_file, error) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.cert_file:
            try:
                context.load_cert_chain(self.cert_file, self.key_file or None, password=_refuse)
            except OSError as error:
                files = " or ".join(filter(None, (self.cert_file, self.key_file)))
                raise SinkError.of(files, error) from error
        return context


def _refuse() -> str:
    """Answer the question for a pass phrase, which a service cannot ask anybody."""
    raise SinkError("the key has a pass phrase; a service needs a key without")
