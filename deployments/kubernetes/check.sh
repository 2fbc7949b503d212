#!/bin/sh
# Builds base and example with kustomize and checks every object against the published schemas, unknown fields included:
# Kubernetes' own, which kubectl-validate carries, and the custom resource definitions of KEDA and the Prometheus
# operator, as their releases hold them. Then whether numbers that must agree do agree.
#
#   deployments/kubernetes/check.sh
#
# Needs kubectl and Go with a module proxy; what it gets from there is kept in the Go module cache.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kubernetes=1.30 # the newest that kubectl-validate 0.0.4 knows
keda=github.com/kedacore/keda/v2@v2.21.0
operator=github.com/prometheus-operator/prometheus-operator@v0.85.0
validator=sigs.k8s.io/kubectl-validate@v0.0.4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

module() { GOFLAGS=-mod=mod go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }
fail() {
  echo "FAIL  $1" >&2
  exit 1
}

GOFLAGS=-mod=mod GOBIN=$work go install "$validator"
printf 'module check\n' >go.mod
mkdir crds base example bad
cp "$(module $keda)"/config/crd/bases/keda.sh_scaledobjects.yaml "$(module $keda)"/config/crd/bases/keda.sh_triggerauthentications.yaml crds
cp "$(module $operator)"/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml crds
validate() { ./kubectl-validate "$1" --version "$kubernetes" --local-crds crds; }

for name in base example; do
  kubectl kustomize "$here/$name" >"$name/all.yaml"
  validate "$name" >"$name.log" 2>&1 || { cat "$name.log" >&2; fail "$name meets the schemas"; }
  echo "ok    $name: $(grep -c '^kind:' "$name/all.yaml") objects meet the schemas of Kubernetes $kubernetes, KEDA and the Prometheus operator"
done

# A check that cannot fail tells nothing.
for mistake in 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' 's/queueURLFromEnv: QUEUE_URL/queueURLFromEnv: 1/' 's/podMetricsEndpoints/podMetricEndpoints/'; do
  sed "$mistake" example/all.yaml >bad/all.yaml
  if cmp -s example/all.yaml bad/all.yaml || validate bad >/dev/null 2>&1; then fail "the mistake $mistake is found"; fi
done
echo 'ok    planted mistakes are found'

number() { sed -n "s/.*$1[:=] *\"\{0,1\}\([0-9]*\).*/\1/p" example/all.yaml | head -1; }
[ "$(number terminationGracePeriodSeconds)" -gt "$(number SHUTDOWN_TIMEOUT_SECONDS)" ] ||
  fail 'the termination grace is longer than the shutdown deadline'
echo "ok    termination grace $(number terminationGracePeriodSeconds) s, shutdown deadline $(number SHUTDOWN_TIMEOUT_SECONDS) s"
[ "$(number HEALTH_PORT)" = "$(number containerPort)" ] || fail 'the port of the probes is the one that is listened on'
echo "ok    health port $(number HEALTH_PORT)"
