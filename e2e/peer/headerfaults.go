package peer

import (
	"encoding/binary"
	"net"
)

// headerFaults are those of a TTHeader's own; the payload is a good reply.
var headerFaults = map[string]thriftFault{
	// CRRST asks for a new connection and closes this one.
	"CRRST": func(conn net.Conn, q *thriftRequest) {
		q.withHeader(pairs("crrst", "1"))
		q.reply(conn, q.envelope(2, q.name, q.seq), text("last"))
		finish(conn)
	},
	"BIZ_TEXT":  headed(pairs("biz-status", "abc")),                                         // no number
	"BIZ_ZERO":  headed(pairs("biz-status", "0", "biz-message", "fine")),                    // no error
	"BIZ_EXTRA": headed(pairs("biz-status", "7", "biz-message", "odd", "biz-extra", "{no")), // no JSON
	"BIZ_HUGE":  headed(pairs("biz-status", "99999999999", "biz-message", "beyond an i32")), // beyond an i32
	"SECTION":   headed([]byte{0, 0, 0x77, 0, 0, 0}),                                        // an unknown section
	"PAIR":      headed([]byte{0, 0, 1, 0, 1, 0xff, 0xff, 'k', 0, 0, 0, 0}),                 // a key past the end
	"TRANSFORM": headed([]byte{0, 1, 1, 0}),                                                 // a compressed payload
	"REPEATED":  headed(append(pairs("k", "first"), pairs("k", "second", "x", "y")[2:]...)), // a section twice
	// HSIZE says that the header is longer than the message.
	"HSIZE": func(conn net.Conn, q *thriftRequest) {
		if q.header != nil {
			binary.BigEndian.PutUint16(q.header[12:], 0xffff)
		}
		q.reply(conn, q.envelope(2, q.name, q.seq), text("lost"))
	},
	// STREAM sets the flag of a streaming frame.
	"STREAM": func(conn net.Conn, q *thriftRequest) {
		if q.header != nil {
			q.header[7] |= 2
		}
		q.reply(conn, q.envelope(2, q.name, q.seq), text("frame"))
	},
}

// headed answers with the header info, which is padded as need be.
func headed(info []byte) thriftFault {
	return func(conn net.Conn, q *thriftRequest) {
		q.withHeader(info)
		q.reply(conn, q.envelope(2, q.name, q.seq), text("headed"))
	}
}

// withHeader gives the reply a header if the request had one.
func (q *thriftRequest) withHeader(info []byte) {
	if q.header == nil {
		return
	}
	info = append(append([]byte{}, info...), make([]byte, (4-len(info)%4)%4)...)
	q.header = binary.BigEndian.AppendUint16(q.header[:12], uint16(len(info)/4))
	q.header = append(q.header, info...)
}

// pairs is header info with string pairs: protocol 0, no transforms.
func pairs(keysAndValues ...string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, 0, 1}, uint16(len(keysAndValues)/2))
	for _, s := range keysAndValues {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	return b
}
