"""What a measurement was taken on."""

import os
import platform
import re
import shlex
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.peers.peer import Peer, pinning


def described(peers: Mapping[str, Peer], command: str) -> dict[str, str]:
    """Return the machine, versions, how each peer is fed, and the command."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    node = subprocess.run(["node", "--version"], check=True, stdout=subprocess.PIPE, text=True)
    facts = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": platform.python_version(),
        "Node": node.stdout.strip().removeprefix("v"),
    }
    facts["pinned"] = shlex.join(pinning()) or "not at all"
    facts |= {name: f"{peer.version}; {peer.fed}" for name, peer in peers.items()}
    return facts | {"command": command}
