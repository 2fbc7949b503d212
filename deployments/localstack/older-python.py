"""Lets LocalStack 4.14.0's SQS run on Python 3.10 to 3.12: run by run.sh once, inside of the virtual environment.

It is written for Python 3.13. On the way to SQS that shows in five class headers with the type syntax of 3.12 and in
`warnings.deprecated`; both only annotate.
"""

import re
import sysconfig
from pathlib import Path

packages = Path(sysconfig.get_path("purelib"))
for name in ("services/sqs/queue.py", "services/stores.py", "state/pickle.py"):
    file = packages / "localstack" / name
    text = re.sub(r"^(class \w+)\[\w+\]", r"\1", file.read_text(), flags=re.MULTILINE)
    text = text.replace("(PriorityQueue[T], InterruptibleQueue[T])", "(PriorityQueue, InterruptibleQueue)")
    file.write_text("T = BaseStoreType = object\n" + text)
(packages / "older-python.pth").write_text(
    "import warnings, typing_extensions; warnings.deprecated = typing_extensions.deprecated\n"
)
