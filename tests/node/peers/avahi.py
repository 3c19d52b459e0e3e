"""A real avahi daemon, with a message bus of its own, inside a network namespace."""

import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.node.netns import Lan
from tests.patience import PATIENCE_S

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>
"""
_DAEMON = """[server]
host-name=browser
use-ipv4=yes
use-ipv6=yes
enable-dbus=yes
"""


@contextmanager
def avahi_daemon(net: Lan, place: int, folder: Path) -> Iterator[dict[str, str]]:
    """Run avahi in a namespace; yield the environment in which its clients find it.

    The daemon keeps its process id in /run whatever its configuration, so it gets a /run of its own.
    """
    bus_socket = folder / "bus"
    (folder / "bus.conf").write_text(_BUS.format(socket=bus_socket))
    (folder / "avahi.conf").write_text(_DAEMON)
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus_socket}"}
    bus = net.run(
        place,
        ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--nopidfile", "--print-address"],
        stdout=subprocess.PIPE,
    )
    assert bus.stdout is not None
    assert bus.stdout.readline(), "the message bus did not start"
    daemon = f"avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {folder}/avahi.conf"
    script = f"mount -t tmpfs none /run && exec {daemon}"
    avahi = net.run(
        place,
        ["unshare", "--mount", "sh", "-c", script],
        env=environment,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert avahi.stderr is not None
    said = b""
    while b"Server startup complete" not in said:
        ready, _, _ = select.select([avahi.stderr], [], [], PATIENCE_S)
        line = avahi.stderr.readline() if ready else b""
        said += line
        assert line, f"avahi-daemon did not start: {said.decode()}"
    yield environment
