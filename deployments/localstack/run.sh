#!/bin/sh
# Runs LocalStack 4.14.0 with only SQS, without Docker, on 127.0.0.1, port $1 (default 4566), until it gets a signal.
#
# The first run installs it into a virtual environment in the cache folder ($XDG_CACHE_HOME or ~/.cache). This takes a minute and
# about 200 MB, and needs the Python package index and Python 3.10 or newer with venv. The script looks for Python in $PYTHON, on
# the PATH and with pyenv; as root on Debian or Ubuntu it installs a missing one with apt. Afterwards it needs neither network nor
# account. With --install it only installs. It says what is missing, with exit code 1.
#
#   deployments/localstack/run.sh --for-terraform 4566
#
# also serves IAM, STS, SNS and CloudWatch, with queue URLs like those of AWS, for deployments/terraform/check.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
requirements=$here/requirements.txt
services=sqs strategy=path modules='import localstack.services.sqs.provider'
if [ "${1:-}" = --for-terraform ]; then
  shift
  requirements="$requirements $here/requirements-terraform.txt"
  services=sqs,iam,sts,sns,cloudwatch strategy=off
  modules="$modules, localstack.services.iam.provider, localstack.services.sts.provider"
  modules="$modules, localstack.services.sns.provider, localstack.services.cloudwatch.provider_v2"
fi
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/event-processor
home=$cache/localstack-4.14.0-$(cat $requirements "$here/patch.py" | cksum | cut -d ' ' -f 1)

fail() {
  echo "LocalStack 4.14.0 cannot be installed: $1" >&2
  exit 1
}

python_newer_than() {
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3 \
    /usr/local/bin/python3 "${PYENV_ROOT:-${HOME:-/root}/.pyenv}"/versions/3.1*/bin/python3; do
    if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, $1))" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# LocalStack is made for Python 3.13; patch.py makes it load with 3.10 to 3.12.
find_python() { python_newer_than 13 || python_newer_than 10; }

apt_python() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
  echo 'installing python3-venv with apt' >&2
  { timeout 120 apt-get -qq update && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -qqy install python3-venv; } >&2
}

install() {
  python=$(find_python) || { apt_python && python=$(find_python); } ||
    fail 'it needs Python 3.10 or newer with venv; install that (Debian: apt-get install python3-venv), or name it in PYTHON'
  mkdir -p "$cache"
  # Built under its final name, because files that pip installs contain their path; `incomplete` marks an interrupted build.
  exec 9>"$home.lock"
  if command -v flock >/dev/null; then flock 9; fi
  if [ -x "$home/bin/python" ] && [ ! -e "$home/incomplete" ]; then return; fi
  rm -rf "$home"
  mkdir "$home"
  : >"$home/incomplete"
  echo "installing LocalStack 4.14.0 with $python into $home" >&2
  "$python" -m venv "$home" >&2 || fail 'see what venv says above'
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps $(printf -- '-r %s ' $requirements) >&2 ||
    fail 'see what pip says above'
  "$home/bin/python" "$here/patch.py" || fail 'its patch does not apply'
  "$home/bin/python" -c "$modules" >&2 || fail 'it does not load, see above'
  rm "$home/incomplete"
  exec 9>&-
}

if [ ! -x "$home/bin/python" ] || [ -e "$home/incomplete" ]; then install; fi
if [ "${1:-}" = --install ]; then exit 0; fi

# LocalStack sends and downloads nothing: no usage events, no certificate, no DNS server. It keeps its files in the
# cache folder, also in a container. Queue URLs have the address above, which needs no name resolution.
address=127.0.0.1:${1:-4566}
export SERVICES="$services" EAGER_SERVICE_LOADING=1 GATEWAY_LISTEN="$address" LOCALSTACK_HOST="$address" \
  SQS_ENDPOINT_STRATEGY="$strategy" OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT="$home/filesystem" \
  DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 DNS_ADDRESS=0 PYTHONDONTWRITEBYTECODE=1
exec "$home/bin/python" -m localstack.runtime.main
