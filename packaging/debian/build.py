"""
Build the Debian packages: the program, with the Python packages that the release does not have.

    build.py DIRECTORY [RELEASE-ARCHITECTURE ...]    such as debian-12-amd64; all without
    build.py --lock                                  renew wheels.txt after a change of versions

A package contains a private environment in /usr/lib/nmapwatchd: unpacked wheels beside a symbolic
link to the release's Python, which finds lxml and systemd in the release's own packages. Nothing is
compiled, so that all are built on one machine. The same sources give the same bytes.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import Parser
from email.utils import formatdate
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parents[1]
LOCK = HERE / "wheels.txt"
# Tags of wheels that run on every release, by Debian's name of the architecture.
PLATFORMS = {"amd64": "x86_64", "arm64": "aarch64"}
GLIBCS = ("manylinux2014", "manylinux_2_17", "manylinux_2_26", "manylinux_2_28")
# Required Python packages that the release provides: they are compiled against its libraries. The
# time zones are those of tzdata.
FROM_RELEASE = frozenset({"lxml", "systemd-python", "tzdata"})
PROGRAM = "/usr/lib/nmapwatchd"
MAINTAINER = "nmapwatchd maintainers <nmapwatchd@example.org>"


@dataclass(frozen=True, slots=True)
class Target:
    """A release and an architecture; see releases.toml."""

    release: str
    architecture: str
    codename: str
    suffix: str
    python: str
    libpcap: str

    @property
    def name(self) -> str:
        """Such as debian-12-amd64."""
        return f"{self.release}-{self.architecture}"


def targets() -> list[Target]:
    """Return every release in every architecture."""
    releases = tomllib.loads((HERE / "releases.toml").read_text())
    return [Target(r, a, **facts) for r, facts in releases.items() for a in PLATFORMS]


def main() -> None:
    """Build what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--lock", action="store_true")
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("targets", nargs="*", metavar="RELEASE-ARCHITECTURE")
    options = parser.parse_args()
    if options.lock:
        lock()
        return
    known = {target.name: target for target in targets()}
    unknown = [name for name in options.targets if name not in known]
    if options.directory is None or unknown:
        parser.error(f"names a DIRECTORY, and of the targets {', '.join(known)}")
    options.directory.mkdir(parents=True, exist_ok=True)
    for name in options.targets or known:
        print(build(known[name], options.directory))


def lock() -> None:
    """Write the hashes of the wheels of all targets, for the versions of requirements.txt."""
    required = [
        line
        for line in (SOURCE / "requirements.txt").read_text().split()
        if line.partition("==")[0] not in FROM_RELEASE
    ]
    hashes: dict[str, set[str]] = {line: set() for line in required}
    with tempfile.TemporaryDirectory() as name:
        for target in targets():
            folder = Path(name, target.name)
            download(target, folder, *required)
            for line in required:
                package, _, version = line.partition("==")
                (wheel,) = (
                    one for one in folder.iterdir()
                    if one.name.lower().startswith(f"{normalised(package)}-{version}-")
                )  # fmt: skip
                hashes[line].add(sha256(wheel.read_bytes()))
    lines = [
        " \\\n    ".join((line, *(f"--hash=sha256:{one}" for one in sorted(found))))
        for line, found in hashes.items()
    ]
    LOCK.write_text(
        "# Written by build.py --lock: the wheels of every release.\n" + "\n".join(lines) + "\n"
    )


def normalised(package: str) -> str:
    """Return a package's name as the file names of wheels have it."""
    return re.sub("[-_.]+", "_", package).lower()


def sha256(data: bytes) -> str:
    """Return the hash of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def download(target: Target, folder: Path, *what: str) -> None:
    """Download wheels for a target; raises CalledProcessError if one is missing or differs."""
    machine = PLATFORMS[target.architecture]
    platforms = [word for glibc in GLIBCS for word in ("--platform", f"{glibc}_{machine}")]
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
         "--python-version", target.python, *platforms, "--dest", str(folder), *what],
        check=True,
    )  # fmt: skip


def build(target: Target, directory: Path) -> Path:
    """Build one package and its list of components; return the package."""
    version = package_version(target)
    package = directory / f"nmapwatchd_{version}_{target.architecture}.deb"
    with tempfile.TemporaryDirectory() as name:
        wheels, root = Path(name, "wheels"), Path(name, "root")
        download(target, wheels, "--require-hashes", "-r", str(LOCK))
        found = sorted(wheels.iterdir())
        lay_out(root, target, found)
        control(root, target, version)
        set_modes(root)
        subprocess.run(
            ["dpkg-deb", "--build", "--root-owner-group", "-Zxz", str(root), str(package)],
            check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(source_date())},
        )  # fmt: skip
        components = package.with_suffix(".cdx.json")
        components.write_text(
            json.dumps(bill_of_materials(version, package, found), indent=1) + "\n"
        )
    return package


def program_version() -> str:
    """Return the program's version."""
    text = (SOURCE / "nmapwatchd" / "__init__.py").read_text()
    return text.partition('__version__ = "')[2].partition('"')[0]


def package_version(target: Target) -> str:
    """Return the version of the package for a target."""
    return f"{program_version()}~{target.suffix}"


def source_date() -> int:
    """Return the time of the last commit, or of SOURCE_DATE_EPOCH: seconds since the epoch."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "-C", str(SOURCE), "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def lay_out(root: Path, target: Target, wheels: Sequence[Path]) -> None:
    """Put the package's files into place below a directory."""
    program = root / PROGRAM[1:]
    site = program / "lib" / f"python{target.python}" / "site-packages"
    site.mkdir(parents=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    shutil.copytree(
        SOURCE / "nmapwatchd", site / "nmapwatchd", ignore=shutil.ignore_patterns("__pycache__")
    )
    (program / "bin").mkdir()
    (program / "bin" / "python3").symlink_to(f"/usr/bin/python{target.python}")
    # As venv writes it: this makes the directory an environment with the release's packages.
    (program / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = true\nversion = {target.python}\n"
    )
    command = root / "usr/bin/nmapwatchd"
    command.parent.mkdir(parents=True)
    command.write_text(
        f"#!{PROGRAM}/bin/python3 -I\nfrom nmapwatchd.cli import main\n\nraise SystemExit(main())\n"
    )
    command.chmod(0o755)
    for source, installed in installed_files():
        copy = root / installed
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    documents = root / "usr/share/doc/nmapwatchd"
    documents.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "copyright", documents / "copyright")
    overrides = root / "usr/share/lintian/overrides/nmapwatchd"
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides)
    compress((SOURCE / "CHANGELOG.md").read_bytes(), documents / "CHANGELOG.md.gz")
    compress(changelog(target).encode(), documents / "changelog.gz")
    for page in (root / "usr/share/man").rglob("*.[1-8]"):
        compress(page.read_bytes(), page.with_name(f"{page.name}.gz"))
        page.unlink()


def installed_files() -> Iterator[tuple[Path, str]]:
    """Yield the files of packaging/files.txt, each with its place below the root."""
    for line in (SOURCE / "packaging" / "files.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            source, installed = line.split()
            yield SOURCE / source, installed.lstrip("/")


def compress(data: bytes, file: Path) -> None:
    """Write some bytes compressed, without the time that gzip stores."""
    file.write_bytes(gzip.compress(data, 9, mtime=0))


def changelog(target: Target) -> str:
    """Return the entry of this version in Debian's format (deb-changelog(5))."""
    return (
        f"nmapwatchd ({package_version(target)}) {target.codename}; urgency=medium\n\n"
        "  * The changes are listed in CHANGELOG.md.gz, beside this file.\n\n"
        f" -- {MAINTAINER}  {formatdate(source_date())}\n"
    )


def control(root: Path, target: Target, version: str) -> None:
    """Write the package's own metadata."""
    folder = root / "DEBIAN"
    folder.mkdir()
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    major, _, minor = target.python.partition(".")
    template = (HERE / "control.in").read_text()
    (folder / "control").write_text(
        template.format(
            version=version,
            maintainer=MAINTAINER,
            architecture=target.architecture,
            kibibytes=-(-size // 1024),
            python=target.python,
            next_python=f"{major}.{int(minor) + 1}",
            libpcap=target.libpcap,
        )
    )
    for script in ("postinst", "prerm", "postrm"):
        shutil.copyfile(HERE / script, folder / script)
    etc = sorted(
        f"/{file.relative_to(root)}" for file in (root / "etc").rglob("*") if file.is_file()
    )
    (folder / "conffiles").write_text("".join(f"{name}\n" for name in etc))
    sums = ""
    for file in sorted(root.rglob("*")):
        if file.is_file() and not file.is_symlink() and folder not in file.parents:
            digest = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
            sums += f"{digest}  {file.relative_to(root)}\n"
    (folder / "md5sums").write_text(sums)


def set_modes(root: Path) -> None:
    """Set every mode, whatever the umask is; dpkg-deb sets the times."""
    scripts = {"postinst", "prerm", "postrm"}
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        is_program = path.parent == root / "usr/bin" or path.name in scripts
        path.chmod(0o755 if path.is_dir() or is_program else 0o644)
        os.utime(path, (source_date(), source_date()))


def bill_of_materials(version: str, package: Path, wheels: Sequence[Path]) -> dict[str, object]:
    """Return what a package contains, in CycloneDX 1.5 (cyclonedx.org/docs/1.5/json)."""
    components = [component(wheel) for wheel in wheels]
    itself = {
        "type": "application",
        "bom-ref": "nmapwatchd",
        "name": "nmapwatchd",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": sha256(package.read_bytes())}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([itself, components]))
    time = datetime.fromtimestamp(source_date(), UTC)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"timestamp": f"{time:%Y-%m-%dT%H:%M:%SZ}", "component": itself},
        "components": components,
        "dependencies": [
            {"ref": "nmapwatchd", "dependsOn": [str(one["bom-ref"]) for one in components]}
        ],
    }


def component(wheel: Path) -> dict[str, object]:
    """Return a wheel as a component, with what its metadata says of its licence."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    reference = f"pkg:pypi/{metadata['Name'].lower()}@{metadata['Version']}"
    expression, text = metadata["License-Expression"], metadata["License"]
    licences: list[dict[str, object]] = []
    if expression:
        licences = [{"expression": expression}]
    elif text and len(text) < 60:  # some have the whole text there
        licences = [{"license": {"name": text}}]
    return {
        "type": "library",
        "bom-ref": reference,
        "name": metadata["Name"],
        "version": metadata["Version"],
        "purl": reference,
        "licenses": licences,
        "hashes": [{"alg": "SHA-256", "content": sha256(wheel.read_bytes())}],
    }


if __name__ == "__main__":
    main()
