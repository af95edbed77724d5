"""TLS credentials: how a collector is verified, and how it verifies the sensor."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from nmapwatchd.sinks.credential import resolve
from nmapwatchd.sinks.sink import SinkError


@dataclass(frozen=True, slots=True)
class Tls:
    """
    Certificates; each file is a path, or a credential of the service manager.

    Args:
        ca_file: authorities that may certify the collector, PEM; empty for the system's.
        cert_file: the sensor's certificate, PEM; empty if the collector requires none.
        key_file: its key, PEM; empty if it is in `cert_file`.
        passphrase_file: the key's pass phrase, one line; empty if it has none.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    passphrase_file: str = ""

    def context(self) -> ssl.SSLContext:
        """
        Read the files, each time, so that renewed certificates take effect.

        Raises:
            SinkError: a file cannot be read.
        """
        try:
            context = ssl.create_default_context(cafile=_path(self.ca_file))
        except OSError as error:
            raise SinkError.of(self.ca_file, error) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file:
            try:
                context.load_cert_chain(
                    resolve(self.cert_file), _path(self.key_file), password=self._passphrase
                )
            except OSError as error:
                files = (self.cert_file, self.key_file, self.passphrase_file)
                raise SinkError.of(" or ".join(filter(None, files)), error) from error
        return context

    def _passphrase(self) -> bytes:
        """Return the pass phrase that OpenSSL asks for; a service cannot prompt for it."""
        if not self.passphrase_file:
            raise SinkError("the key has a pass phrase, but passphrase_file is not set")
        return resolve(self.passphrase_file).read_bytes().rstrip(b"\r\n")


def _path(file: str) -> Path | None:
    return resolve(file) if file else None
