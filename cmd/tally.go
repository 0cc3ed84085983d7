package cmd

import "fmt"

// tally counts the messages of an RPC, both ways.
type tally struct{ sent, received traffic }

// traffic is a number of messages with their bytes, before and after compression and
// framing.
type traffic struct{ n, body, wire int }

func (t traffic) String() string {
	return fmt.Sprintf("%d (%d bytes, %d on the wire)", t.n, t.body, t.wire)
}

// add counts a message and returns its number, from 1.
func (t *tally) add(sent bool, body, wire int) int {
	way := &t.received
	if sent {
		way = &t.sent
	}
	way.n++
	way.body += body
	way.wire += wire
	return way.n
}
