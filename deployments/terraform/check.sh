#!/bin/sh
# Applies this folder to an SQS for development that has IAM and CloudWatch, too (LocalStack), under a name of its own:
#
#   deployments/terraform/check.sh http://127.0.0.1:4566
#
# init, validate, apply, a second plan that finds nothing to change, "admin doctor" on the queue, destroy. Without an
# endpoint: init and validate. Needs Terraform and the AWS provider; where no provider registry is reached,
# provider.sh makes one, and TF_CLI_CONFIG_FILE names where it is.
# LocalStack must answer queue URLs as AWS writes them, which the provider insists on: SQS_ENDPOINT_STRATEGY=off.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
endpoint=${1:-}
work=$(mktemp -d)
cp "$here"/*.tf "$work"
cd "$work"
export TF_IN_AUTOMATION=1 TF_VAR_name="check-$$"
trap 'rm -rf "$work"' EXIT
quietly() { "$@" >log 2>&1 || { cat log >&2; exit 1; }; }

terraform fmt -check -recursive "$here"
quietly terraform init -no-color -input=false
terraform validate -no-color
[ -n "$endpoint" ] || exit 0

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
  }
}
END
trap 'terraform destroy -no-color -auto-approve >log 2>&1 || cat log; rm -rf "$work"' EXIT
quietly terraform apply -no-color -input=false -auto-approve
grep -E '^(Apply complete|queue_url)' log
quietly terraform plan -no-color -input=false -detailed-exitcode
echo 'A second plan finds nothing to change.'
QUEUE_URL=$(terraform output -raw queue_url) AWS_ENDPOINT_URL=$endpoint AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test \
  AWS_SECRET_ACCESS_KEY=test DATABASE_URL=${DATABASE_URL:-postgres://none@127.0.0.1:1/none} \
  node "$here/../../cmd/admin/main.ts" doctor >doctor || true # PostgreSQL is not what is looked at
grep -E 'SQS:|queue:|redrive policy:|visibility timeout:' doctor
[ "$(grep -cE '^ok +(SQS|queue|redrive policy|visibility timeout):' doctor)" = 4 ] || exit 1
