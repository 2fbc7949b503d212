"""Patches the installed LocalStack 4.14.0. run.sh runs it once, inside the virtual environment.

LocalStack always listens on all IPv4 interfaces; the patch makes it listen only on the configured one.

It is written for Python 3.13. The patch makes the parts that SQS needs load with 3.10 to 3.12: three files have class headers
with the type syntax of 3.12, and `warnings.deprecated` is missing; both are only annotations.
"""

import re
import sys
import sysconfig
from pathlib import Path

packages = Path(sysconfig.get_path("purelib"))
localstack = packages / "localstack"

server = localstack / "runtime/server/twisted.py"
text = server.read_text()
told = "TCP4ServerEndpoint(reactor, host_and_port.port, interface=host_and_port.host)"
if told not in text:
    server.write_text(text.replace("TCP4ServerEndpoint(reactor, host_and_port.port)", told))
    assert told in server.read_text()

if sys.version_info < (3, 13):
    for name in ("services/sqs/queue.py", "services/stores.py", "state/pickle.py"):
        file = localstack / name
        text = re.sub(r"^(class \w+)\[\w+\]", r"\1", file.read_text(), flags=re.MULTILINE)
        text = text.replace("(PriorityQueue[T], InterruptibleQueue[T])", "(PriorityQueue, InterruptibleQueue)")
        file.write_text("T = BaseStoreType = object\n" + text)
    (packages / "older-python.pth").write_text(
        "import warnings, typing_extensions; warnings.deprecated = typing_extensions.deprecated\n"
    )
