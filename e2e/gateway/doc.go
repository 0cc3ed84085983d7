// Package gateway compares pkg/gateway with those who map HTTP to RPC otherwise: Kitex's
// HTTP generic clients, and grpc-gateway.
package gateway
