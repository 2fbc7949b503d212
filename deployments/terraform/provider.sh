#!/bin/sh
# Builds the AWS provider from the Go module proxy, for a machine that cannot reach a provider registry: version 6.47.1 with
# only the services that this folder uses (all of them would take an hour and 20 GB). Prints the line to source.
#
#   deployments/terraform/provider.sh FOLDER    then: export TF_CLI_CONFIG_FILE=FOLDER/terraform.rc
#
# Needs Go 1.26 or newer, Python, and about three minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?a folder}"
folder=$(cd "$1" && pwd)
module=github.com/hashicorp/terraform-provider-aws@v1.60.1-0.20260602190131-5f2286d6d836
version=6.47.1
export GOFLAGS=-mod=mod
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf 'module provider\n' >go.mod
cp -R "$(go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')" source
chmod -R u+w source
cd source
[ "$(cat version/VERSION)" = "$version" ]

python3 - <<'END'
import glob, re

keep = {"sqs", "iam", "sts", "cloudwatch", "sns"}


def edit(path, change):
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(change(text))


def packages(text):
    for line in (r'\t"github.com/hashicorp/terraform-provider-aws/internal/service/(\w+)"\n', r"\t\t(\w+)\.ServicePackage\(ctx\),\n"):
        text = re.sub(line, lambda found: found[0] if found[1] in keep else "", text)
    return text


# The SDK clients that the remaining code needs.
used = set()
for folder in ["conns", "provider", "errs", "tags", "verify", "framework", *(f"service/{name}" for name in keep)]:
    for path in glob.glob(f"internal/{folder}/**/*.go", recursive=True):
        if not path.endswith(("_test.go", "awsclient_gen.go")):
            used |= set(re.findall(r"\b(\w+Client)\(", open(path).read()))


def clients(text):
    head, *functions = re.split(r"(?=^func )", text, flags=re.MULTILINE)
    name = r"func \(c \*AWSClient\) (\w+)\("
    body = "".join(each for each in functions if not (found := re.match(name, each)) or found[1] in used)

    def needed(found):
        return found[0] if re.search(rf"\b{found[1] or found[2].split('/')[-1]}\.", body) else ""

    return re.sub(r'^\t(?:(\w+) )?"([^"]+)"\n', needed, head, flags=re.MULTILINE) + body


edit("internal/provider/sdkv2/service_packages_gen.go", packages)
edit("internal/conns/awsclient_gen.go", clients)
END

platform=$(go env GOOS)_$(go env GOARCH)
# The folders of a mirror are named after the registry that Terraform would use.
registry=$(cd "$here" && terraform providers | sed -n 's#.*provider\[\([^/]*\)/hashicorp/aws\].*#\1#p' | head -n 1)
target=$folder/mirror/$registry/hashicorp/aws/$version/$platform
mkdir -p "$target"
go build -trimpath -ldflags '-s -w' -o "$target/terraform-provider-aws_v${version}_x5" .
cat >"$folder/terraform.rc" <<END
provider_installation {
  filesystem_mirror {
    path = "$folder/mirror"
  }
}
END
echo "export TF_CLI_CONFIG_FILE=$folder/terraform.rc"
