"""OpenStack Swift with its S3 interface in one process on loopback: `python s3_process.py <folder>`.

Prints the two ports as JSON once they listen: "s3" checks signatures, "open" asks nobody anything.
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
from pathlib import Path

from swift.common import utils
from swift.common.ring import RingBuilder
from swift.common.wsgi import loadapp

utils.monkey_patch()

import eventlet  # noqa: E402 - after the patch
from eventlet import wsgi  # noqa: E402

PARTS = ("account", "container", "object")
BACK = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
log_level = ERROR
[pipeline:main]
pipeline = {part}-server
[app:{part}-server]
use = egg:swift#{part}
"""
FRONT = """
[DEFAULT]
swift_dir = {folder}
log_level = ERROR
[pipeline:main]
pipeline = {pipeline}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = eu-1
[filter:tempauth]
use = egg:swift#tempauth
user_ihome_pictures = s3cr/t+key .admin
"""
PIPELINES = {"s3": "catch_errors s3api tempauth proxy-server", "open": "catch_errors proxy-server"}


def prepare(folder: Path, ports: dict[str, int]) -> None:
    """Configuration, rings of one device, and the device."""
    (folder / "devices" / "disk").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    for part in PARTS:
        (folder / f"{part}.conf").write_text(BACK.format(folder=folder, part=part))
        device = {"id": 0, "region": 1, "zone": 1, "weight": 1, "device": "disk"}
        address = {"ip": "127.0.0.1", "port": ports[part]}
        replication = {"replication_ip": "127.0.0.1", "replication_port": ports[part]}
        ring = RingBuilder(2, 1, 0)
        ring.add_dev({**device, **address, **replication})
        ring.rebalance()
        ring.get_ring().save(str(folder / f"{part}.ring.gz"))
    for front, pipeline in PIPELINES.items():
        (folder / f"{front}.conf").write_text(FRONT.format(folder=folder, pipeline=pipeline))


def main(folder: Path) -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    sockets = {name: eventlet.listen(("127.0.0.1", 0)) for name in (*PARTS, *PIPELINES)}
    ports = {name: listening.getsockname()[1] for name, listening in sockets.items()}
    prepare(folder, ports)
    with (folder / "requests.log").open("w") as log:
        for name, listening in sockets.items():
            application = loadapp(str(folder / f"{name}.conf"))
            eventlet.spawn(wsgi.server, listening, application, log=log)
        sys.stdout.write(json.dumps({name: ports[name] for name in PIPELINES}) + "\n")
        sys.stdout.flush()
        while True:
            eventlet.sleep(3600)


main(Path(sys.argv[1]))
