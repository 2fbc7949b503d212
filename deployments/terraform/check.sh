#!/bin/sh
# Applies this folder, under its own name, to a development SQS with IAM, SNS and CloudWatch (LocalStack):
#
#   npm ci && deployments/terraform/check.sh http://127.0.0.1:4566
#
# It runs init, validate, apply, a second plan that must find nothing to change, "admin doctor" on the queue and destroy, and
# checks that nothing is left. If one of them fails it ends with exit code 1, but still tries destroy. Without an endpoint it
# runs only init and validate. It takes about seven minutes: the provider waits long after each change of a queue.
#
# Needs Terraform 1.6 or newer and the AWS provider. On a machine that cannot reach a provider registry, provider.sh builds it:
#
#   deployments/terraform/provider.sh FOLDER && export TF_CLI_CONFIG_FILE=FOLDER/terraform.rc
#
# Needs LocalStack 4.14.0, the last release that needs no account, with these services, and with queue URLs like those of
# AWS, which the provider requires:
#
#   docker run -d -p 127.0.0.1:4566:4566 -e SERVICES=sqs,iam,sts,cloudwatch,sns -e SQS_ENDPOINT_STRATEGY=off \
#     localstack/localstack:4.14.0
#   deployments/localstack/run.sh --for-terraform 4566        without access to an image registry
set -eu
here=$(cd "$(dirname "$0")" && pwd)
endpoint=${1:-}
node=$here/../../node_modules/.bin/node
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TF_IN_AUTOMATION=1 TF_VAR_name="check-$$"

fail() {
  echo "FAIL  $1" >&2
  exit 1
}
# Shows output only if the command fails. The time limit is there because the provider waits for hours for some answers that
# an emulator never gives.
quietly() { timeout 900 "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; fail "$*"; }; }

command -v terraform >/dev/null || fail 'Terraform is not there: https://developer.hashicorp.com/terraform/install'
terraform fmt -check -recursive "$here" || fail 'terraform fmt'
mkdir "$work/tf"
cp "$here"/*.tf "$work/tf"
cd "$work/tf"
quietly terraform init -no-color -input=false
quietly terraform validate -no-color
echo 'ok    valid, and written as terraform fmt writes it'
[ -n "$endpoint" ] || exit 0

[ -x "$node" ] || fail 'run "npm ci" first: the admin command needs the Node that it brings'
services=$(curl --silent --show-error --max-time 10 "$endpoint/_localstack/health") ||
  fail "nothing answers at $endpoint; how to start LocalStack is said at the top of this file"
for service in sqs iam sts cloudwatch sns; do
  echo "$services" | grep -qE "\"$service\": *\"(available|running)\"" ||
    fail "LocalStack at $endpoint does not serve $service: start it as is said at the top of this file"
done

cat >override.tf <<END
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    sqs        = "$endpoint"
    iam        = "$endpoint"
    sts        = "$endpoint"
    cloudwatch = "$endpoint"
    sns        = "$endpoint"
  }
}
END

destroyed=no
destroy() {
  destroyed=yes
  # AWS deletes this policy; LocalStack returns an empty text for it for ever, until the provider times out. It is deleted with
  # its queue.
  terraform state rm aws_sqs_queue_redrive_allow_policy.dead_letter >"$work/log" 2>&1 || true
  quietly terraform destroy -no-color -auto-approve
}
end() {
  status=$?
  if [ "$destroyed" = no ] && ! (destroy); then status=1; fi
  rm -rf "$work"
  exit "$status"
}
trap end EXIT

# Plan and apply warn of alarms that notify nobody.
quietly terraform plan -no-color -input=false
grep -q 'Alarms tell nobody' "$work/log" || fail 'a plan without alarm_emails and alarm_actions warns of it'
echo 'ok    alarms that tell nobody are warned of'
export TF_VAR_alarm_emails='["operations@example.com"]'

quietly terraform apply -no-color -input=false -auto-approve
if grep -q 'Alarms tell nobody' "$work/log"; then fail 'alarms with an address are not warned of'; fi
echo "ok    $(grep '^Apply complete' "$work/log")"
quietly terraform plan -no-color -input=false -detailed-exitcode
echo 'ok    a second plan finds nothing to change'

QUEUE_URL=$(terraform output -raw queue_url)
export QUEUE_URL AWS_ENDPOINT_URL="$endpoint" AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
# PostgreSQL is not part of this check: without it doctor ends with 1, unless DATABASE_URL names one.
DATABASE_URL=${DATABASE_URL:-postgres://none@127.0.0.1:1/none} "$node" "$here/../../cmd/admin/main.ts" doctor >"$work/doctor" || true
for check in SQS queue 'redrive policy' 'visibility timeout'; do
  grep -E "^ok +$check:" "$work/doctor" || { cat "$work/doctor" >&2; fail "doctor: $check"; }
done

destroy
echo "ok    $(grep '^Destroy complete' "$work/log")"
[ -z "$(terraform state list)" ] || fail "destroy left $(terraform state list)"
