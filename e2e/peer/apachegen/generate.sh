#!/usr/bin/env bash
# Generates the code of the Apache Thrift servers anew, from ThriftTest.thrift in
# testdata/thrift: Go with the compiler of release 0.25.0 (first argument), Node.js
# with the one of 0.24.0 (second argument), as the libraries are. Structs that no
# method uses are left out; one of them has map keys that Go cannot have.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^(struct|union|enum|exception|typedef) / { skip = $2 ~ /^(CrazyNesting|Versioning|ListTypeV|GuessP|LargeD|Nested|ListBonks|BoolTest|Struct[AB]|Optional|EmptyS|OneField|Bools|Bonk|SomeUnion|map)/ }
	!skip
	/^}|^struct.*{}$/ { skip = 0 }' ../../../testdata/thrift/ThriftTest.thrift >"$work/ThriftTest.thrift"
"$1" -out "$work" --gen go:skip_remote "$work/ThriftTest.thrift"
"$2" -out "$work" --gen js:node,es6 "$work/ThriftTest.thrift"
rm -rf thrifttest
mv "$work/thrifttest" .
mv "$work"/*.js ../../testdata/nodethrift/
