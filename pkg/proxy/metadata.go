package proxy

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Passing is metadata without what belongs to one hop, or to the client's library or browser:
// it says nothing to a server, and would have a transport without metadata refuse the call.
func Passing(md stream.Metadata) stream.Metadata {
	var kept stream.Metadata
	for _, p := range md {
		if !isHop(strings.ToLower(p.Name)) {
			kept = append(kept, p)
		}
	}
	return kept
}

// isHop reports whether a name is one of those that HTTP's clients and servers add by
// themselves (RFC 9110, Fetch), or that TTHeader has for itself.
func isHop(name string) bool {
	switch name {
	case "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding", "content-length", "content-type",
		"date", "dnt", "host", "keep-alive", "origin", "pragma", "priority", "referer", "server", "te", "trailer", "transfer-encoding", "upgrade",
		"user-agent", "vary", "via", "x-user-agent", "x-grpc-web", "isn", "crrst":
		return true
	}
	for _, prefix := range []string{":", "sec-", "grpc-", "connect-", "access-control-", "int "} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
