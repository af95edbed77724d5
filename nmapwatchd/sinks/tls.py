"""How we know a collector over TLS, and how it knows us."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.sinks.credential import place
from nmapwatchd.sinks.sink import SinkError


@dataclass(frozen=True, slots=True)
class Tls:
    """
    Certificates; each file is a path, or a credential of the service manager.

    Args:
        ca_file: who may vouch for the collector, PEM; empty for the system's own authorities.
        cert_file: our own certificate, PEM; empty where the collector asks for none.
        key_file: its key, PEM; empty where it is in `cert_file`.
        passphrase_file: the key's pass phrase, in a line; empty where it has none.
        verify: whether the collector must prove its name; off, anybody can read the alerts.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    passphrase_file: str = ""
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """
        Read the files, anew each time, so that a renewed certificate is taken up.

        Raises:
            SinkError: one cannot be read.
        """
        try:
            context = ssl.create_default_context(cafile=_path(self.ca_file))
        except OSError as error:
            raise SinkError.of(self.ca_file, error) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.cert_file:
            try:
                context.load_cert_chain(
                    place(self.cert_file), _path(self.key_file), password=self._passphrase
                )
            except OSError as error:
                files = (self.cert_file, self.key_file, self.passphrase_file)
                raise SinkError.of(" or ".join(filter(None, files)), error) from error
        return context

    def _passphrase(self) -> bytes:
        """Answer the question for a pass phrase, which a service cannot ask anybody."""
        if not self.passphrase_file:
            raise SinkError("the key has a pass phrase, and no passphrase_file says which")
        return place(self.passphrase_file).read_bytes().rstrip(b"\r\n")


def _path(file: str) -> Path | None:
    return place(file) if file else None
