package peer

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"time"
)

// thriftFault is what a server does about a request of a method that returns a
// string. It writes to conn itself what is not to be put into a frame.
type thriftFault func(conn net.Conn, q *thriftRequest)

// thriftFaults are the ways in which a server can answer wrongly, and some rare
// ones in which it may. They answer over the transport of the request: buffered,
// framed, TTHeader, or TTHeader with a frame inside. The binary protocol only.
var thriftFaults = map[string]thriftFault{
	// CLOSE ends the connection without an answer.
	"CLOSE":   func(conn net.Conn, _ *thriftRequest) { finish(conn) },
	"GARBAGE": literal("\x01\x02\x03\xfe\xff\x00 no protocol at all \x00\x00\x00"),
	"HTTP1":   literal("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request"),
	"HTTP2":   literal("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"), // SETTINGS
	"TLS":     literal("\x15\x03\x01\x00\x02\x02\x0a"),                                 // alert: unexpected message
	"HUGE":    literal("\x7f\xff\xff\xff\x80\x01\x00\x02"),                             // a frame of 2 GB
	"LENGTH":  literal("\xff\xff\xff\xff\x80\x01\x00\x02"),                             // a frame of -1 bytes
	"EMPTY":   literal("\x00\x00\x00\x00"),                                             // a frame of no bytes

	// SEQ and NAME answer another call.
	"SEQ":  func(conn net.Conn, q *thriftRequest) { q.reply(conn, q.envelope(2, q.name, q.seq+1), text("late")) },
	"NAME": func(conn net.Conn, q *thriftRequest) { q.reply(conn, q.envelope(2, "other", q.seq), text("late")) },
	// TYPE answers with a call.
	"TYPE": func(conn net.Conn, q *thriftRequest) { q.reply(conn, q.envelope(1, q.name, q.seq), text("late")) },
	// VERSION has a version that does not exist.
	"VERSION": func(conn net.Conn, q *thriftRequest) {
		q.reply(conn, append([]byte{0x80, 0x02}, q.envelope(2, q.name, q.seq)[2:]...), text("late"))
	},
	// OLD answers with an envelope without a version, which is allowed.
	"OLD": func(conn net.Conn, q *thriftRequest) {
		envelope := append(binary.BigEndian.AppendUint32(nil, uint32(len(q.name))), q.name...)
		q.reply(conn, binary.BigEndian.AppendUint32(append(envelope, 2), q.seq), text("old"))
	},

	// HALF stops in the middle of the reply, HALF_CLOSE ends the connection there.
	"HALF": func(conn net.Conn, q *thriftRequest) { q.half(conn) },
	"HALF_CLOSE": func(conn net.Conn, q *thriftRequest) {
		q.half(conn)
		finish(conn)
	},
	// TRICKLE sends a good reply byte by byte.
	"TRICKLE": func(conn net.Conn, q *thriftRequest) {
		for _, b := range q.frame(q.envelope(2, q.name, q.seq), text("drop by drop")) {
			_, _ = conn.Write([]byte{b})
			time.Sleep(time.Millisecond)
		}
	},

	"LEFTOVER":   result(append(text("and more"), 1, 2, 3)), // bytes after the struct
	"NO_RESULT":  result([]byte{0}),
	"NOT_THERE":  result([]byte{8, 0, 9, 0, 0, 0, 7, 0}), // an exception that the IDL does not have
	"WRONG_TYPE": result([]byte{8, 0, 0, 0, 0, 0, 7, 0}), // i32 where the IDL has string
	"CUT":        result([]byte{11, 0, 0, 0, 0, 0, 9, 'c', 'u', 't'}),
	"NEGATIVE":   result([]byte{11, 0, 0, 0xff, 0xff, 0xff, 0xff, 0}),
	"BOMB":       result([]byte{15, 0, 9, 10, 0x7f, 0xff, 0xff, 0xff, 0}), // 2^31-1 numbers in no bytes
	"DEEP":       result(deep(5000)),
	"BAD_UTF8":   result(text("a\xffz")),
	"UNKNOWN":    result(append([]byte{15, 0x7f, 0, 3, 0, 0, 0, 2, 1, 2}, text("known")...)), // a list<i8> before the result

	// EXCEPTION_EMPTY has no fields, EXCEPTION_MORE an unknown type and field.
	"EXCEPTION_EMPTY": func(conn net.Conn, q *thriftRequest) { q.reply(conn, q.envelope(3, q.name, q.seq), []byte{0}) },
	"EXCEPTION_MORE": func(conn net.Conn, q *thriftRequest) {
		body := []byte{11, 0, 1, 0, 0, 0, 3, 'o', 'd', 'd', 8, 0, 2, 0, 0, 0, 99, 2, 0, 3, 1, 0}
		q.reply(conn, q.envelope(3, q.name, 0), body)
	},
}

// literal writes bytes that are no reply.
func literal(bytes string) thriftFault {
	return func(conn net.Conn, _ *thriftRequest) { _, _ = io.WriteString(conn, bytes) }
}

// result replies with a result struct.
func result(body []byte) thriftFault {
	return func(conn net.Conn, q *thriftRequest) { q.reply(conn, q.envelope(2, q.name, q.seq), body) }
}

// text is a result struct with a string.
func text(s string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{11, 0, 0}, uint32(len(s)))
	return append(append(b, s...), 0)
}

// deep is a result struct whose unknown field 9 has n structs in each other.
func deep(n int) []byte {
	var b []byte
	for range n {
		b = append(b, 12, 0, 9)
	}
	return append(b, make([]byte, n+1)...)
}

// thriftRequest is what a fault needs to know about a request.
type thriftRequest struct {
	name   string
	seq    uint32
	header []byte // of a TTHeader reply, with an empty length, or nil
	framed bool
}

// envelope is a strict message header.
func (*thriftRequest) envelope(kind byte, name string, seq uint32) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0x80, 1, 0, kind}, uint32(len(name)))
	return binary.BigEndian.AppendUint32(append(b, name...), seq)
}

// frame puts a message into the transport of the request.
func (q *thriftRequest) frame(envelope, body []byte) []byte {
	payload := append(envelope, body...)
	if q.framed {
		payload = append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
	}
	if q.header == nil {
		return payload
	}
	all := append(append([]byte{}, q.header...), payload...)
	binary.BigEndian.PutUint32(all, uint32(len(all)-4))
	return all
}

func (q *thriftRequest) reply(conn net.Conn, envelope, body []byte) {
	_, _ = conn.Write(q.frame(envelope, body))
}

func (q *thriftRequest) half(conn net.Conn) {
	all := q.frame(q.envelope(2, q.name, q.seq), text("never complete"))
	_, _ = conn.Write(all[:len(all)/2])
}

// startThriftFaults starts a server for each fault, TFAULT_NAME.
func (p *Peers) startThriftFaults() error {
	for name, do := range thriftFaults {
		if err := p.listen("TFAULT_"+name, func(l net.Listener) { wrongThrift(l, do) }); err != nil {
			return err
		}
	}
	for name, do := range headerFaults {
		if err := p.listen("TFAULT_"+name, func(l net.Listener) { wrongThrift(l, do) }); err != nil {
			return err
		}
	}
	return nil
}

// wrongThrift answers each request with the fault.
func wrongThrift(l net.Listener, do thriftFault) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			r := bufio.NewReader(conn)
			for {
				q, err := readThrift(r)
				if err != nil {
					break
				}
				do(conn, q)
			}
			_, _ = io.Copy(io.Discard, r)
		}()
	}
}

// readThrift reads a request to its end. One without a length is taken to be what
// has arrived with its first byte: clients write it at once.
func readThrift(r *bufio.Reader) (*thriftRequest, error) {
	first, err := r.Peek(6)
	if err != nil {
		return nil, err
	}
	q := &thriftRequest{}
	var message []byte
	if first[0]&0x80 != 0 { // no length: the version of the envelope
		message, _ = r.Peek(r.Buffered())
		message = append([]byte{}, message...)
		_, _ = r.Discard(len(message))
	} else {
		message = make([]byte, 4+min(binary.BigEndian.Uint32(first), math.MaxUint16))
		if _, err := io.ReadFull(r, message); err != nil {
			return nil, err
		}
		message = q.unframe(message)
	}
	if len(message) < 8 || uint32(len(message)) < 12+binary.BigEndian.Uint32(message[4:]) {
		return nil, errors.New("no strict envelope")
	}
	n := 8 + binary.BigEndian.Uint32(message[4:])
	q.name, q.seq = string(message[8:n]), binary.BigEndian.Uint32(message[n:])
	return q, nil
}

// unframe takes a length or a TTHeader off and remembers it for the reply.
func (q *thriftRequest) unframe(message []byte) []byte {
	if message[4] != 0x10 {
		q.framed = true
		return message[4:]
	}
	if len(message) < 14 {
		return nil
	}
	q.header = append(append([]byte{}, message[:12]...), 0, 1, 0, 0, 0, 0) // no pairs
	start := 14 + 4*int(binary.BigEndian.Uint16(message[12:]))
	if len(message) < start+4 {
		return nil
	}
	message = message[start:]
	if message[0]&0x80 == 0 {
		q.framed = true
		return message[4:]
	}
	return message
}
