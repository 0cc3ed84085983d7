package peer

import (

	"net"

	"testing"
	"time"
)

// frames are HEADER, a DATA for each message in hexadecimal, and TRAILER, all of
// stream 1.
func frames(t *testing.T, service, method string, messages ...string) []ttFrame {
	t.Helper()
	all := []ttFrame{{headerFrame, method, 1, []string{"isn", service}, nil}}
	for _, m := range messages {
		all = append(all, ttFrame{dataFrame, method, 1, nil, bytesOf(t, m)})
	}
	return append(all, ttFrame{trailerFrame, method, 1, nil, nil})
}

// stream sends frames and returns those that come back, up to the end of a stream
// or of patience.
func stream(t *testing.T, address string, patience time.Duration, request ...ttFrame) []ttFrame {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var all []byte
	for _, f := range request {
		all = append(all, f.bytes()...)
	}
	if _, err := conn.Write(all); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	var got []ttFrame
	for {
		f, err := readFrame(conn)
		if err != nil {
			return got
		}
		if got = append(got, f); f.kind == trailerFrame || f.kind == rstFrame {
			return got
		}
	}
}
