// Package h1 is HTTP/1.1, made of net/http: conn.go keeps the connections to one target,
// exchange.go is a request with its answer in the form of package web, sites.go are targets
// that are tried in turn, trace.go reports what net/http does.
package h1
