#!/bin/sh
# Makes the generated files anew. It needs protoc, protoc-gen-go, protoc-gen-go-grpc and
# protoc-gen-grpc-gateway of the versions that are in them.
set -eu
cd "$(dirname "$0")"
protoc -I . -I ../../../pkg/idl/load/testdata --go_out=paths=source_relative:. --go-grpc_out=paths=source_relative:. \
	--grpc-gateway_out=paths=source_relative:. library.proto
