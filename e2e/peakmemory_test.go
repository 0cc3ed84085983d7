//go:build linux

package e2e

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

const peakProto = `syntax = "proto3"; package peak;
import "google/protobuf/any.proto"; import "google/protobuf/struct.proto";
service S { rpc Call(M) returns (M); }
message M {
  string text = 1; bytes data = 2; repeated M list = 3; repeated E codes = 4; map<string, string> names = 5;
  map<uint32, bool> flags = 6; google.protobuf.Any any = 7; google.protobuf.Struct struct = 8; M inner = 9;
  repeated bool bools = 10 [packed = false];
}
enum E { A_NAME_THAT_IS_LONG_ENOUGH_TO_MAKE_A_BYTE_OF_THE_WIRE_A_LINE_OF_TEXT = 0; }`

const peakThrift = `
enum E { A_NAME_THAT_IS_LONG_ENOUGH_TO_MAKE_A_BYTE_OF_THE_WIRE_A_LINE_OF_TEXT = 0 }
struct Empty { 1: optional Empty inner }
struct M {
  1: string text, 2: binary data, 3: list<Empty> empties, 4: list<E> codes, 5: map<i32, bool> flags, 6: map<string, Empty> names,
  7: list<bool> bools, 8: optional bool a, 9: optional bool b
}
service S { M Call(1: M m) }`

const megabyte = 1 << 20

// protoReplies are bodies whose parts take little of the wire and much of memory.
func protoReplies() map[string][]byte {
	record := func(num protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), b)
	}
	var flags, names []byte
	for i := range 600_000 {
		key := protowire.AppendVarint([]byte{8}, uint64(i))
		flags = append(flags, record(6, key)...)
		names = append(names, record(5, record(1, strconv.AppendInt(nil, int64(i), 36)))...)
	}
	nested := []byte{}
	for range 1_000 { // of 10,000, which a decoder takes, stacks are large
		nested = record(9, nested)
	}
	packed := record(4, make([]byte, 4*megabyte))
	return map[string][]byte{
		"empty messages":          bytes.Repeat([]byte{0x1a, 0}, 2*megabyte),
		"packed enum":             packed,
		"map of flags":            flags,
		"map with empty values":   names,
		"map of one key":          bytes.Repeat([]byte{0x2a, 0}, 2*megabyte),
		"text that is escaped":    record(1, bytes.Repeat([]byte{1}, 4*megabyte)),
		"bytes":                   record(2, make([]byte, 4*megabyte)),
		"jumbled":                 bytes.Repeat([]byte{0x50, 1, 0x1a, 0}, megabyte),
		"one field, many times":   bytes.Repeat([]byte{0x0a, 0}, 2*megabyte),
		"one message, many parts": bytes.Repeat([]byte{0x4a, 2, 0x1a, 0}, megabyte),
		"nested":                  nested,
		"any":                     record(7, append(record(1, []byte("x/peak.M")), record(2, packed)...)),
		"struct":                  record(8, bytes.Repeat([]byte{0x0a, 0}, 2*megabyte)),
		"60 MiB of text":          record(1, bytes.Repeat([]byte("x"), 60*megabyte)),
		"60 MiB of escapes":       record(1, bytes.Repeat([]byte{1}, 60*megabyte)),
	}
}

// thriftReplies likewise, each with the protocol it is encoded in.
func thriftReplies() map[string][2]string {
	list := func(field byte, kind byte, n int, elems string) string {
		header := []byte{15, 0, field, kind}
		return string(binary.BigEndian.AppendUint32(header, uint32(n))) + elems
	}
	size := func(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }
	var flags []byte
	for i := range 600_000 {
		flags = append(binary.AppendVarint(flags, int64(i)), 1)
	}
	return map[string][2]string{
		"empty structs":         {"binary", list(3, 12, 4*megabyte, strings.Repeat("\x00", 4*megabyte)) + "\x00"},
		"enum":                  {"binary", list(4, 8, megabyte, strings.Repeat("\x00\x00\x00\x00", megabyte)) + "\x00"},
		"enum in compact":       {"compact", "\x49\xf5" + size(4*megabyte) + strings.Repeat("\x00", 4*megabyte) + "\x00"},
		"map in compact":        {"compact", "\x5b" + size(600_000) + "\x51" + string(flags) + "\x00"},
		"text that is escaped":  {"binary", "\x0b\x00\x01\x00\x40\x00\x00" + strings.Repeat("\x01", 4*megabyte) + "\x00"},
		"one field, many times": {"compact", strings.Repeat("\x01\x10", megabyte) + "\x00"},
		"60 MiB of text":        {"binary", "\x0b\x00\x01\x03\xc0\x00\x00" + strings.Repeat("x", 60*megabyte) + "\x00"},
	}
}

// TestPeakMemory: a reply takes at most eight times its size, and 19 MiB, of which the
// program itself takes 16.
func TestPeakMemory(t *testing.T) {
	measured := buildMeasured(t)
	var body []byte
	grpc := serveGRPCBody(t, &body)
	for name, reply := range protoReplies() {
		body = reply
		for _, form := range [][]string{nil, {"--pretty"}, {"--output", "envelope"}, {"--output", "text"}} {
			if len(form) > 0 && name != "packed enum" && name != "text that is escaped" {
				continue
			}
			args := append([]string{"call", grpc, "Call", "--idl-string", peakProto, "-d", "{}"}, form...)
			checkPeakOf(t, strings.Join(append([]string{"protobuf", name}, form...), " "), len(reply), measured, args)
		}
	}
	for name, reply := range thriftReplies() {
		thrift := serveThriftBody(t, reply[0], reply[1])
		args := []string{"call", thrift, "Call", "-t", "framed", "--idl-string", peakThrift, "--protocol", reply[0], "-d", "{}"}
		checkPeakOf(t, "thrift "+name, len(reply[1]), measured, args)
	}
}

// TestPeakMemoryOfRequests: so does a document.
func TestPeakMemoryOfRequests(t *testing.T) {
	measured := buildMeasured(t)
	var keys strings.Builder
	for i := range 300_000 {
		keys.WriteString(`"` + strconv.Itoa(i) + `":"",`)
	}
	for name, document := range map[string]string{
		"empty messages": `{"list":[` + strings.Repeat("{},", 2*megabyte) + `{}]}`,
		"enum":           `{"codes":[` + strings.Repeat("0,", 2*megabyte) + `0]}`,
		"map":            `{"names":{` + keys.String() + `"last":""}}`,
		"text":           `{"text":"` + strings.Repeat(`\n`, 4*megabyte) + `"}`,
		"60 MiB of text": `{"text":"` + strings.Repeat("x", 60*megabyte) + `"}`,
	} {
		file := filepath.Join(t.TempDir(), "request.json")
		if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		var body []byte
		grpc := serveGRPCBody(t, &body)
		checkPeakOf(t, "request "+name, len(document), measured, []string{"call", grpc, "Call", "--idl-string", peakProto, "-d", "@" + file})
	}
}

// checkPeakOf runs a program and prints its peak memory beside the limit. When garbage
// is collected is a matter of chance: the best of three runs counts.
func checkPeakOf(t *testing.T, name string, size int, program string, args []string) {
	t.Helper()
	limit := 8*size + 19*megabyte
	if size < megabyte {
		limit += 3 * megabyte
	}
	best := peakOf(t, name, program, args)
	for range 2 {
		if best > limit {
			best = min(best, peakOf(t, name, program, args))
		}
	}
	t.Logf("%-60s %6.1f MiB: peak %6.1f of %6.1f MiB", name, float64(size)/megabyte, float64(best)/megabyte, float64(limit)/megabyte)
	if best > limit {
		t.Errorf("%s of %d bytes: peak memory %d KiB, more than %d", name, size, best>>10, limit>>10)
	}
}

// peakOf is the peak memory of a program in bytes.
func peakOf(t *testing.T, name, program string, args []string) int {
	t.Helper()
	peak := filepath.Join(t.TempDir(), "peak")
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), "PEAK_FILE="+peak)
	var stderr bytes.Buffer
	c.Stdout, c.Stderr = io.Discard, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v: %.300s", name, err, stderr.String())
	}
	status, err := os.ReadFile(peak)
	if err != nil {
		t.Fatal(err)
	}
	m := vmHWM.FindSubmatch(status)
	if m == nil {
		t.Fatalf("no peak memory in %q", status)
	}
	kib, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

func buildMeasured(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "measured")
	c := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", name, "./peer/cmd/measured")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// serveGRPCBody answers every request with one message, by Go's own HTTP/2.
func serveGRPCBody(t *testing.T, body *[]byte) string {
	return serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		_, _ = w.Write(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(*body))))
		_, _ = w.Write(*body)
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	})
}

// serveThriftBody answers each framed request with a result whose success is the
// struct.
func serveThriftBody(t *testing.T, protocol, body string) string {
	return serveBytes(t, func(c net.Conn) { answerThrift(c, protocol, body) })
}

func answerThrift(c net.Conn, protocol, body string) {
	for {
		var size [4]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		request := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(c, request); err != nil {
			return
		}
		var reply []byte
		if protocol == "binary" { // version and type, name, sequence id; field 0 is a struct
			name := binary.BigEndian.Uint32(request[4:])
			reply = append([]byte{0x80, 1, 0, 2}, request[4:12+name]...)
			reply = append(append(append(reply, 12, 0, 0), body...), 0)
		} else { // protocol id, version and type, sequence id, name
			seq, n := binary.Uvarint(request[2:])
			name, m := binary.Uvarint(request[2+n:])
			reply = append([]byte{0x82, 0x41}, binary.AppendUvarint(nil, seq)...)
			reply = append(reply, request[2+n:2+n+m+int(name)]...)
			reply = append(append(append(reply, 0x0c, 0), body...), 0)
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(reply))), reply...)); err != nil {
			return
		}
	}
}
