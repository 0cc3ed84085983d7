// Package rpc makes the RPCs of a load: it encodes requests ahead where it can, spreads calls over
// connections, and measures the messages of streams.
//
//	rpc.go       Options, and the callers that they make
//	call.go      one RPC: requests out, replies in, the time of each message
//	requests.go  which bodies a call sends: in turn, at random, or made by a jq expression
//
// Options belong to all callers and do not change; a caller makes one call at a time, but what sends
// the requests of one may outlive it by a moment.
package rpc
