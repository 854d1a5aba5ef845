"""A preparation goes to a colleague through a remote behind SSH: OpenSSH's server of Debian, DVC's own client."""

import getpass
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.ports import free_port, wait_for_port
from tests.pipeline import sharing
from tests.pipeline.graph import ROOT
from tests.pipeline.project import COUNTING, ROWS, Project

CLIENT = ROOT / ".venv-ssh"  # dvc-ssh and what it needs beyond requirements.txt, on PYTHONPATH for this test alone


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of an SSH server on loopback that lets in whoever has `folder` as home."""
    (folder / ".ssh").mkdir(parents=True)
    for key in (folder / "host", folder / ".ssh" / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    port = free_port()
    known = f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}"
    (folder / ".ssh" / "known_hosts").write_text(known)
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / ".ssh" / "id_ed25519.pub",
        "PidFile": folder / "pid",
        "StrictModes": "no",
        "PasswordAuthentication": "no",
        "UsePAM": "no",
        "Subsystem": "sftp internal-sftp",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    try:
        wait_for_port(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def test_a_colleague_who_pulls_over_ssh_and_adds_a_post_computes_a_row_a_stage(tmp_path, monkeypatch):
    monkeypatch.setattr(Project, "python_path", f"{COUNTING}{os.pathsep}{CLIENT}")
    project = Project(tmp_path / "prepared")
    project.make("chains@sample", "features@sample")
    project.commit("prepared")
    home, remote = tmp_path / "home", tmp_path / "remote"
    monkeypatch.setenv("HOME", str(home))
    with serving(home) as port:
        mine, colleague = sharing.share(project, tmp_path, f"ssh://{getpass.getuser()}@127.0.0.1:{port}{remote}")
    assert len([path for path in remote.rglob("*") if path.is_file()]) > len(ROWS)
    sharing.assert_a_post_more_costs_a_row_a_stage(mine, colleague)
