#!/usr/bin/env bash
# Generates the Go code of the Kitex servers anew, from testdata/thrift and
# testdata/proto, with the generator of the Kitex release in e2e/go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
version=$(go list -m -f '{{.Version}}' github.com/cloudwego/kitex)
(
	cd "$bin"
	export GOWORK=off GOFLAGS=-mod=mod
	go mod init generator
	go mod edit -require "github.com/cloudwego/kitex@$version"
	go build -o kitex github.com/cloudwego/kitex/tool/cmd/kitex
)
kitex() {
	"$bin/kitex" -module github.com/idlcall/idlcall/e2e -gen-path kitexgen -no-dependency-check "$@"
}

find kitexgen -name '*.go' -delete
for name in calls multi echo_types example_service; do
	kitex -streamx -thrift template=slim "../../testdata/thrift/$name.thrift"
done
for name in stream_echo streams; do # TTHeader Streaming cannot carry slim structs
	kitex -streamx "../../testdata/thrift/$name.thrift"
done
kitex -thrift template=slim kitexgen/defaults.thrift
kitex -type protobuf -I ../../testdata/proto ../../testdata/proto/echo_api.proto # does not compile with -streamx
for name in pbapi streams streaming_pb client_stream server_stream bidirectional_stream; do
	kitex -streamx -type protobuf -I ../../testdata/proto "../../testdata/proto/$name.proto"
done
