"""Debian packages that tests run without installing them."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def unpacked(package: str) -> Path:
    """
    Return the folder that holds a package's files; download and unpack it once.

    syslog-ng cannot be installed beside rsyslog, and an installed fail2ban would watch this host's
    logs from the next boot on.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nmapwatchd"
    found = cache / package
    if found.exists():
        return found
    cache.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f"{package}.", dir=cache))
    try:
        # apt's own user cannot read the cache of root.
        command = ["apt-get", "-qq", "-oAPT::Sandbox::User=root", "download", package]
        subprocess.run(command, check=True, cwd=new)
        (file,) = new.glob("*.deb")
        subprocess.run(["dpkg-deb", "--extract", file, new / "root"], check=True)
        (new / "root").rename(found)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return found
