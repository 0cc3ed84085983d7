package peer

import (
	"bufio"
	"io"
	"net"
)

// streamFault is what a server of TTHeader Streaming does about a stream, once its
// first message, or its end without one, has come.
type streamFault func(s brokenStream)

// before is a Reply of streams.thrift, {"text":"before"}.
var before = []byte("\x0b\x00\x01\x00\x00\x00\x06before\x00")

// streamFaults are the ways in which a stream can go wrong, and some rare ones in
// which it may go. They do for every method that returns Reply.
var streamFaults = map[string]streamFault{
	// HEADER_TWICE is good but for a second HEADER.
	"HEADER_TWICE": func(s brokenStream) {
		s.send(headerFrame, nil)
		s.send(headerFrame, nil)
		s.send(dataFrame, before)
		s.send(trailerFrame, nil)
	},
	// TRAILER_FIRST has no HEADER, as Kitex had none before v0.15.3 where a handler
	// sent nothing.
	"TRAILER_FIRST": func(s brokenStream) { s.send(trailerFrame, nil) },
	// RST cancels the stream, RST_AFTER does so after a reply.
	"RST": func(s brokenStream) {
		s.send(rstFrame, exceptionBody(s.method, s.id, 12007, "enough of this"), "ttscp", "a,b")
	},
	"RST_EMPTY": func(s brokenStream) { s.send(rstFrame, nil) },
	"RST_AFTER": func(s brokenStream) {
		s.begin()
		s.send(rstFrame, exceptionBody(s.method, s.id, 12014, "no message for too long"))
	},

	// EXCEPTION_OTHER ends with an exception that names another call.
	"EXCEPTION_OTHER": func(s brokenStream) {
		s.send(headerFrame, nil)
		s.send(trailerFrame, exceptionBody("Other", s.id+1, 6, "of another call"))
	},
	// BOTH ends with an exception and a business status.
	"BOTH": func(s brokenStream) {
		s.send(headerFrame, nil)
		s.send(trailerFrame, exceptionBody(s.method, s.id, 6, "the exception"), "biz-status", "404", "biz-message", "the status")
	},
	// BIZ_EXTRA has an extra that is no JSON.
	"BIZ_EXTRA": func(s brokenStream) {
		s.send(headerFrame, nil)
		s.send(trailerFrame, nil, "biz-status", "404", "biz-message", "odd", "biz-extra", "{no")
	},
	"BIZ_TEXT": func(s brokenStream) { // no number
		s.send(headerFrame, nil)
		s.send(trailerFrame, nil, "biz-status", "abc")
	},

	"CLOSE": func(s brokenStream) {
		s.begin()
		finish(s.conn)
	},
	// CUT ends the connection inside a DATA frame, CUT_HEADER inside the first frame.
	"CUT": func(s brokenStream) {
		s.send(headerFrame, nil)
		s.half(dataFrame, before)
		finish(s.conn)
	},
	"CUT_HEADER": func(s brokenStream) {
		s.half(headerFrame, nil)
		finish(s.conn)
	},
	"GARBAGE": func(s brokenStream) {
		s.begin()
		_, _ = io.WriteString(s.conn, "\x01\x02\x03\xfe\xff\x00 no protocol at all \x00\x00\x00")
	},
	// LENGTH begins a frame of 2 GB.
	"LENGTH": func(s brokenStream) { _, _ = io.WriteString(s.conn, "\x7f\xff\xff\xff\x10\x00\x00\x02") },
	"SILENT": func(brokenStream) {},
	"STALL":  brokenStream.begin,

	"EMPTY_DATA": message(nil), // no struct, not even an empty one
	"MALFORMED":  message([]byte{11, 0, 1, 0, 0, 0, 99, 'c', 'u', 't'}),
	"LEFTOVER":   message(append(append([]byte{}, before...), 1, 2, 3)), // bytes after the struct
	// TWICE replies twice, also where the IDL says once; NONE does not reply.
	"TWICE": func(s brokenStream) {
		s.begin()
		s.send(dataFrame, before)
		s.send(trailerFrame, nil)
	},
	"NONE": func(s brokenStream) {
		s.send(headerFrame, nil)
		s.send(trailerFrame, nil)
	},

	// OTHER_STREAM sends frames of streams that are not open before its own.
	"OTHER_STREAM": func(s brokenStream) {
		for _, id := range []uint32{0, s.id + 100, 0xffffffff} {
			other := s
			other.id = id
			other.good()
		}
		s.good()
	},
	"META": func(s brokenStream) {
		s.send(metaFrame, nil, "k", "v")
		s.good()
	},
	"UNKNOWN_TYPE": func(s brokenStream) {
		s.send('9', nil)
		s.good()
	},
	"NO_TYPE": func(s brokenStream) {
		s.send(0, nil)
		s.good()
	},
	// NO_FLAG lacks the flag of streams.
	"NO_FLAG": func(s brokenStream) {
		b := ttFrame{headerFrame, s.method, s.id, nil, nil}.bytes()
		b[7] = 0
		_, _ = s.conn.Write(b)
	},
}

// earlyFaults do not wait for the first message.
var earlyFaults = map[string]streamFault{
	// EARLY ends the stream well, at once.
	"EARLY": func(s brokenStream) { s.send(trailerFrame, nil) },
}

// message is a good stream with a reply that is perhaps not.
func message(body []byte) streamFault {
	return func(s brokenStream) {
		s.send(headerFrame, nil)
		s.send(dataFrame, body)
		s.send(trailerFrame, nil)
	}
}

// brokenStream is the server's side of a stream.
type brokenStream struct {
	conn   net.Conn
	id     uint32
	method string
}

func (s brokenStream) frame(kind byte, payload []byte, pairs []string) []byte {
	return ttFrame{kind, s.method, s.id, pairs, payload}.bytes()
}

func (s brokenStream) send(kind byte, payload []byte, pairs ...string) {
	_, _ = s.conn.Write(s.frame(kind, payload, pairs))
}

func (s brokenStream) half(kind byte, payload []byte) {
	all := s.frame(kind, payload, nil)
	_, _ = s.conn.Write(all[:len(all)-5])
}

// begin sends a reply, good all of a stream.
func (s brokenStream) begin() {
	s.send(headerFrame, nil)
	s.send(dataFrame, before)
}

func (s brokenStream) good() {
	s.begin()
	s.send(trailerFrame, nil)
}

// startStreamFaults starts a server for each fault, TSFAULT_NAME.
func (p *Peers) startStreamFaults() error {
	for name, do := range streamFaults {
		serve := func(l net.Listener) { wrongStreams(l, do, false) }
		if err := p.listen("TSFAULT_"+name, serve); err != nil {
			return err
		}
	}
	for name, do := range earlyFaults {
		serve := func(l net.Listener) { wrongStreams(l, do, true) }
		if err := p.listen("TSFAULT_"+name, serve); err != nil {
			return err
		}
	}
	return nil
}

// wrongStreams does the same to each stream, early or not.
func wrongStreams(l net.Listener, do streamFault, early bool) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			r := bufio.NewReader(conn)
			for open := map[uint32]bool{}; ; {
				f, err := readFrame(r)
				if err != nil {
					break
				}
				if f.kind == headerFrame {
					open[f.stream] = true
				}
				if open[f.stream] && (early || f.kind == dataFrame || f.kind == trailerFrame) {
					delete(open, f.stream)
					do(brokenStream{conn, f.stream, f.method})
				}
			}
			_, _ = io.Copy(io.Discard, r)
		}()
	}
}
