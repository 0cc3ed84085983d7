package load

import _ "embed"

//go:embed health.proto
var health string

// Health is the IDL of the service that gRPC defines for the health of servers
// (grpc/grpc:doc/health-checking.md).
func Health() Text { return Text{Name: "grpc/health/v1/health.proto", Text: health} }
