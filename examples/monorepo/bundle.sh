#!/bin/sh
# Rebuilds bundles/*.json with the Checkly CLI in node_modules (run `npm ci` first).
#
#   ./bundle.sh [URL]          update bundles/; an unchanged bundle keeps its bytes
#   ./bundle.sh --check [URL]  write nothing; fail if bundles/ is out of date
#
# URL is a running `orchestrate sandbox`: the CLI requests the account and the runtimes before it bundles.
# The CLI does not inherit the environment: no credentials, no proxy, no CI variables.
set -eu

cd -- "$(dirname -- "$0")"

check=
if [ "${1-}" = --check ]; then
  check=--check
  shift
fi
url=${1:-http://127.0.0.1:3000}

if [ ! -x node_modules/.bin/checkly ]; then
  echo "bundle.sh: the Checkly CLI is not installed here; run \`npm ci\` first" >&2
  exit 1
fi

# The CLI's home and temporary files: it leaves some behind.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$scratch/tmp" "$scratch/bundles"

# bundle NAME DIRECTORY [VARIABLE=VALUE]...: bundles DIRECTORY with these variables.
bundle() {
  name=$1
  folder=$2
  shift 2
  echo "$name" >&2
  env -i "PATH=$PATH" "HOME=$scratch" "TMPDIR=$scratch/tmp" \
    CHECKLY_ENV=local "CHECKLY_API_URL=$url" CHECKLY_ACCOUNT_ID=sandbox CHECKLY_API_KEY=sandbox \
    CHECKLY_NO_DOTENV=1 CHECKLY_SKIP_NEW_VERSION_CHECK=true "$@" \
    node_modules/.bin/checkly deploy --force --config "$folder/checkly.config.ts" \
    --debug-bundle --debug-bundle-output-file "$scratch/bundles/$name.json" >"$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    echo "bundle.sh: could not bundle $name; is \`orchestrate sandbox\` running at $url?" >&2
    exit 1
  }
}

bundle shared-alerts shared-alerts
bundle shared-locations shared-locations
bundle status-page status-page
bundle storefront storefront
bundle catalogue catalogue
bundle checkout-staging checkout ENVIRONMENT=staging
bundle checkout-production checkout ENVIRONMENT=production
bundle customer-accounts customer-accounts
bundle warehouse warehouse
bundle operations operations

node update-bundles.mjs $check "$scratch/bundles"
