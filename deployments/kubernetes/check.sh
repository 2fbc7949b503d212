#!/bin/sh
# Builds base, example, and the example with all its components with kustomize, and checks every object against the
# published schemas, unknown fields included: Kubernetes' own, of an older and of a recent release, and the custom resource
# definitions of KEDA, the Prometheus operator and the External Secrets Operator, from their releases. Then it checks that
# numbers, the region and the names of secrets agree.
#
#   deployments/kubernetes/check.sh
#
# Needs kubectl and Go with a module proxy; downloads go to the Go module cache (about 400 MB).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
oldest=1.30                            # the newest that kubectl-validate 0.0.4 carries
newest=k8s.io/kubernetes@v1.37.2       # any release can stand here; it brings its schemas along
validator=sigs.k8s.io/kubectl-validate@v0.0.4
keda=github.com/kedacore/keda/v2@v2.21.0
operator=github.com/prometheus-operator/prometheus-operator@v0.85.0
secrets=github.com/external-secrets/external-secrets@v1.3.2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAIL  $1" >&2
  exit 1
}
command -v kubectl >/dev/null || fail 'kubectl is not there: https://kubernetes.io/docs/tasks/tools/'
command -v go >/dev/null || fail 'Go is not there: https://go.dev/dl/'
# Go prints each module that it downloads; show that only if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }; }
module() { GOFLAGS=-mod=mod go mod download -json "$1" 2>/dev/null | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

GOFLAGS=-mod=mod GOBIN=$work quietly go install "$validator"
printf 'module check\n' >go.mod
for each in "$newest" "$keda" "$operator" "$secrets"; do
  [ -n "$(module "$each")" ] || fail "the module $each can be fetched"
done
mkdir crds base example all bad
cp "$(module $keda)"/config/crd/bases/keda.sh_scaledobjects.yaml "$(module $keda)"/config/crd/bases/keda.sh_triggerauthentications.yaml crds
cp "$(module $operator)"/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml crds
cp "$(module $secrets)"/config/crds/bases/external-secrets.io_externalsecrets.yaml crds

# Renames files such as apis__apps__v1_openapi.json to the names that the validator expects, apis/apps/v1.json.
for file in "$(module $newest)"/api/openapi-spec/v3/api*__v*_openapi.json; do
  name=$(basename "$file" _openapi.json | sed 's#__#/#g')
  mkdir -p "schemas/$(dirname "$name")"
  cp "$file" "schemas/$name.json"
done
newest_version=$(echo "$newest" | sed 's/.*@v\([0-9]*\.[0-9]*\).*/\1/')

# Arguments: version, folder.
validate() {
  if [ "$1" = "$oldest" ]; then
    ./kubectl-validate "$2" --version "$oldest" --local-crds crds
  else
    ./kubectl-validate "$2" --local-schemas schemas --local-crds crds
  fi
}

cp -R "$here" source
sed -i 's/^  # - \(..\/[a-z-]*\) .*/  - \1/' source/example/kustomization.yaml
[ "$(grep -c '^  - \.\./' source/example/kustomization.yaml)" = 5 ] || fail 'the example names all components'
kubectl kustomize "$here/base" >base/all.yaml
kubectl kustomize "$here/example" >example/all.yaml
kubectl kustomize source/example >all/all.yaml
for version in "$oldest" "$newest_version"; do
  for name in base example all; do
    validate "$version" "$name" >"$name.log" 2>&1 || { cat "$name.log" >&2; fail "$name meets the schemas of Kubernetes $version"; }
    echo "ok    $name: $(grep -c '^kind:' "$name/all.yaml") objects meet the schemas of Kubernetes $version and of their operators"
  done
done

# Plants mistakes, to prove that the check can fail.
finds() {
  cmp -s all/all.yaml bad/all.yaml && fail "the mistake \"$2\" is planted"
  if validate "$1" bad >/dev/null 2>&1; then fail "the mistake \"$2\" is found by the schemas of Kubernetes $1"; fi
}
for version in "$oldest" "$newest_version"; do
  for mistake in 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' 's/queueURLFromEnv: QUEUE_URL/queueURLFromEnv: 1/' \
    's/podMetricsEndpoints/podMetricEndpoints/' 's/secretStoreRef/secretStore/' 's/initContainers/initContainer/' \
    's/concurrencyPolicy/concurrency/'; do
    sed "$mistake" all/all.yaml >bad/all.yaml
    finds "$version" "$mistake"
  done
done
# Resources of a whole pod came after 1.30, so this proves that both sets of schemas are of the right version.
sed 's/^\( *\)terminationGracePeriodSeconds: 40$/&\n\1resources: { limits: { memory: 1Gi } }/' all/all.yaml >bad/all.yaml
finds "$oldest" 'a field of a later release'
validate "$newest_version" bad >/dev/null 2>&1 || fail "Kubernetes $newest_version knows a field that came after $oldest"
echo "ok    planted mistakes are found, by the schemas of $oldest and of $newest_version"

number() { sed -n "s/.*$1[:=] *\"\{0,1\}\([0-9]*\).*/\1/p" example/all.yaml | head -1; }
[ "$(number terminationGracePeriodSeconds)" -gt "$(number SHUTDOWN_TIMEOUT_SECONDS)" ] ||
  fail 'the termination grace is longer than the shutdown deadline'
echo "ok    termination grace $(number terminationGracePeriodSeconds) s, shutdown deadline $(number SHUTDOWN_TIMEOUT_SECONDS) s"
[ "$(number HEALTH_PORT)" = "$(number containerPort)" ] || fail 'the port of the probes is the one that is listened on'
echo "ok    health port $(number HEALTH_PORT)"

# The region is set in one place: after a change there, the old region may remain only in the image's registry.
sed 's/AWS_REGION=eu-central-1/AWS_REGION=ap-south-2/' "$here/example/kustomization.yaml" >source/example/kustomization.yaml
kubectl kustomize source/example | grep -v 'image:' >moved.yaml
if grep -n 'eu-central-1\|us-east-1\|sqs\.region\.' moved.yaml >&2; then fail 'the region stands in AWS_REGION alone'; fi
for place in 'AWS_REGION: ap-south-2' 'QUEUE_URL: https://sqs.ap-south-2.amazonaws.com/' 'awsRegion: ap-south-2'; do
  grep -q "$place" moved.yaml || fail "AWS_REGION gets to $place"
done
echo 'ok    the region gets from AWS_REGION to the queue and to KEDA'

# Only jobs that change tables have the owner's secret and account.
jobs=$(awk 'BEGIN { RS = "---\n" } /kind: (Cron)?Job\n/' all/all.yaml)
others=$(awk 'BEGIN { RS = "---\n" } /kind: (Deployment|Pod)\n/' all/all.yaml)
secrets_of() { echo "$1" | grep -A2 'secretKeyRef' | sed -n 's/.*name: //p' | sort -u | tr '\n' ' '; }
[ "$(secrets_of "$jobs")" = 'event-processor-migrate ' ] || fail 'jobs have the secret of the owner'
[ "$(secrets_of "$others")" = 'event-processor event-processor-operator event-processor-sender ' ] || fail 'processors, senders and the admin pod have secrets of their own'
echo "$jobs" | grep 'serviceAccountName' | grep -qv 'event-processor-migrate' && fail 'jobs have an account of their own'
grep -q -- '--wait=' example/all.yaml && grep -q 'MIGRATE: "false"' example/all.yaml || fail 'processors wait for the migration'
echo 'ok    jobs have the secret and the account of the owner, and processors wait for the migration'
