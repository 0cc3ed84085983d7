package peer

import (
	"bytes"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStreamFaults opens a stream on each server that answers wrongly. An answer
// is the types of its frames; "" is none that can be read.
func TestStreamFaults(t *testing.T) {
	wants := map[string]string{
		"HEADER_TWICE": "2234", "TRAILER_FIRST": "4", "RST": "5", "RST_EMPTY": "5", "RST_AFTER": "235",
		"EXCEPTION_OTHER": "24", "BOTH": "24", "BIZ_EXTRA": "24", "BIZ_TEXT": "24", "CLOSE": "23", "CUT": "2", "CUT_HEADER": "",
		"GARBAGE": "23", "LENGTH": "", "SILENT": "", "STALL": "23", "EMPTY_DATA": "234", "MALFORMED": "234", "LEFTOVER": "234",
		"TWICE": "2334", "NONE": "24", "OTHER_STREAM": "234", "META": "1234", "UNKNOWN_TYPE": "9234", "NO_TYPE": "\x00234",
		"NO_FLAG": "", "EARLY": "4",
	}
	if len(wants) != len(streamFaults)+len(earlyFaults) {
		t.Errorf("%d faults in the test, %d and %d servers", len(wants), len(streamFaults), len(earlyFaults))
	}
	for name, want := range wants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var kinds strings.Builder
			for _, f := range stream(t, address(t, "TSFAULT_"+name), 300*time.Millisecond, frames(t, "Streams", "Chat", `00`)...) {
				kinds.WriteByte(f.kind)
			}
			if got := kinds.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestStreamFaultsStop opens one stream after another on a connection: each is
// answered, once.
func TestStreamFaultsStop(t *testing.T) {
	conn, err := net.Dial("tcp", address(t, "TSFAULT_RST"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	for id := range uint32(3) {
		for _, f := range frames(t, "Streams", "Chat", `00`, `00`) {
			f.stream = id
			if _, err := conn.Write(f.bytes()); err != nil {
				t.Fatal(err)
			}
		}
		got, err := readFrame(conn)
		if err != nil {
			t.Fatal(err)
		}
		want := ttFrame{rstFrame, "Chat", id, []string{"ttscp", "a,b"}, exceptionBody("Chat", id, 12007, "enough of this")}
		compare(t, []ttFrame{got}, []ttFrame{want})
	}
}

// TestGRPCThriftFaults calls each faulty server of Thrift over gRPC.
func TestGRPCThriftFaults(t *testing.T) {
	reply := prefixed(before)
	for _, test := range []struct {
		server string
		body   []byte
		status string // or a part of the error
	}{
		{"CLOSE", reply, "EOF"},
		{"STALL", reply, "Timeout"},
		{"RST", reply, "INTERNAL_ERROR"},
		{"RST_1000", reply, "0x3e8"},
		{"GOAWAY", reply, `debug="graceful shutdown"`},
		{"MALFORMED", prefixed([]byte{11, 0, 1, 0, 0, 0, 99, 'c', 'u', 't'}), "grpc-status: 0"},
		{"COMPRESSED", slices.Concat([]byte{1}, reply[1:]), "grpc-status: 0"},
		{"WRONG_TYPE", nil, "grpc-message: grpc invalid payload, grpc-status: 13"},
		{"STATUS_TEXT", nil, "grpc-status: abc"},
		{"STATUS17", nil, "grpc-status: 17"},
		{"BIZ_NO_EXTRA", nil, "biz-status: 404, grpc-message: not found: %E4%B8%AD, grpc-status: 13"},
		{"BIZ_BAD_EXTRA", nil, "biz-extra: {no, biz-status: 404"},
		{"BIZ_OK", reply, "biz-status: 5, grpc-status: 0"},
	} {
		t.Run(test.server, func(t *testing.T) {
			t.Parallel()
			body, status := call(t, address(t, "GTFAULT_"+test.server)+"/Streams/Chat", http.Header{}, `00`)
			if !bytes.Equal(body, test.body) || !strings.Contains(status, test.status) {
				t.Errorf("got %x %s, want %x %s", body, status, test.body, test.status)
			}
		})
	}
}
