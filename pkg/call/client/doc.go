// Package client calls the methods of one server: New validates the options, Open starts
// an RPC on the transport that carries its method. New does no I/O; the first request that
// is ready to leave connects.
//
// client.go is the Client, table.go the table of transports, a row each: what an answer is
// called, what of the options it has a place for, and what makes it. route.go says which row a
// method takes. A new transport is a room, a row and its name in package call.
//
// A Client is safe for concurrent use. It owns what it made of its rows, and closes that; its
// lock comes before all others.
package client
