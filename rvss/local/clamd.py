"""clamd with one local signature, so that a real scanner looks at every upload without a download."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rvss.local.processes import Processes, wait_until_ready

# The EICAR test file, which every scanner reports and which is harmless, anywhere in any kind of file.
SIGNATURE = (
    "Eicar-Test-Signature:0:*:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e44"
    "4152442d414e544956495255532d544553542d46494c452124482b482a\n"
)
# StreamMaxLength stands above UPLOAD_MAX_BYTES; docker-compose.yml sets the same.
CONFIGURATION = """\
Foreground yes
LocalSocket {socket}
LocalSocketMode 600
FixStaleSocket yes
DatabaseDirectory {signatures}
TemporaryDirectory {work}
StreamMaxLength 64M
MaxScanSize 200M
MaxFileSize 64M
AlertExceedsMax yes
AlertEncrypted yes
AlertOLE2Macros yes
MaxThreads 4
"""


def find_clamd() -> Path | None:
    found = shutil.which("clamd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def start_clamd(processes: Processes, clamd: Path, directory: Path, sockets: Path) -> str:
    """Start the scanner and return the path of its socket."""
    signatures = directory / "signatures"
    work = directory / "work"
    for folder in (signatures, work):
        folder.mkdir(parents=True, exist_ok=True)
    (signatures / "local.ndb").write_text(SIGNATURE)
    listening = sockets / "clamd.socket"
    configuration = directory / "clamd.conf"
    configuration.write_text(CONFIGURATION.format(socket=listening, signatures=signatures, work=work))
    child = processes.start("clamd", [clamd, "--config-file", configuration])
    wait_until_ready(child, listening)
    return str(listening)
