"""Certificates of an authority for tests."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True, slots=True)
class Authority:
    """Issues certificates into a folder."""

    folder: Path
    name: str = "authority"

    @property
    def file(self) -> Path:
        """Its certificate."""
        return self.folder / f"{self.name}.pem"

    def begin(self) -> "Authority":
        """Create its key and certificate."""
        key = self.folder / f"{self.name}.key"
        _openssl(
            "req", "-x509", *_CURVE, "-keyout", str(key), "-out", str(self.file),
            "-subj", f"/CN={self.name}", "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip
        return self

    def issue(self, name: str, subject: str) -> tuple[Path, Path]:
        """Return the certificate and the key of a subject, such as `IP:127.0.0.1`."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={subject}\n")
        _openssl("req", *_CURVE, "-keyout", str(key), "-out", str(request), "-subj", f"/CN={name}")
        _openssl(
            "x509", "-req", "-in", str(request), "-out", str(certificate), "-CAcreateserial",
            "-CA", str(self.file), "-CAkey", str(self.folder / f"{self.name}.key"),
            "-extfile", str(extensions),
        )  # fmt: skip
        return certificate, key


def encrypt(key: Path, to: Path, phrase: Path) -> None:
    """Write a key encrypted with the pass phrase in a file."""
    _openssl("pkey", "-in", str(key), "-out", str(to), "-aes256", "-passout", f"file:{phrase}")


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
