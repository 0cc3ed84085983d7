package peer

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var thriftPeers = sync.OnceValues(func() (*Peers, error) {
	idl, err := filepath.Abs("../testdata/idl")
	if err != nil {
		return nil, err
	}
	return Start(idl, filepath.Join(idl, "..", "..", "..", "testdata"))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if p, err := thriftPeers(); err == nil {
		p.Close()
	}
	os.Exit(code)
}

// address returns the value of a variable.
func address(t *testing.T, name string) string {
	t.Helper()
	p, err := thriftPeers()
	if err != nil {
		t.Fatal(err)
	}
	env, err := p.Using("$" + name)
	if err != nil {
		t.Fatal(err)
	}
	if env[name] == "" {
		env = p.Env
	}
	if env[name] == "" {
		t.Fatalf("no server sets $%s", name)
	}
	return env[name]
}

// exchange sends bytes and returns what comes back: length bytes, or with -1
// everything until the peer closes the connection.
func exchange(t *testing.T, address string, request []byte, length int) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	if length < 0 {
		reply, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
	reply := make([]byte, length)
	if n, err := io.ReadFull(conn, reply); err != nil {
		t.Fatalf("%v after %x", err, reply[:n])
	}
	return reply
}

// bytesOf reads hexadecimal; "name" in it stands for a string with its length.
func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	var all []byte
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 {
			all = append(binary.BigEndian.AppendUint32(all, uint32(len(part))), part...)
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// inFrame puts a length before bytes.
func inFrame(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// TestKitexBytes compares the Kitex servers with bytes recorded from Kitex v0.16.3.
func TestKitexBytes(t *testing.T) {
	const hi = `80010001 "EchoPingPong" 00000001 0c 0001 0b 0001 "hi" 00 00`
	const reHi = `80010002 "EchoPingPong" 00000001 0c 0000 0b 0001 "re:hi" 00 00`
	for _, test := range []struct{ name, server, request, reply string }{
		{"buffered", "KITEX_ECHO", hi, reHi},
		{"framed", "KITEX_ECHO", "00000026" + hi, "00000029" + reHi},
		{
			"TTHeader", "KITEX_ECHO", "00000034 1000 0000 00000001 0001 00000000" + hi,
			"0000003f 1000 0000 00000001 0003 0000 10 0001 0016 000132 0000" + reHi,
		},
		{"void", "KITEX", `80010001 "Ping" 00000007 00`, `80010002 "Ping" 00000007 00`},
		{
			"void of a generic server", "KITEX_GENERIC",
			`80010001 "Touch" 00000007 0c 0001 0b 0001 "x" 00 00`, `80010002 "Touch" 00000007 01 0000 00 00`,
		},
		{
			"declared exception", "KITEX", `80010001 "Throw" 00000001 0b 0001 "NotFound" 00`,
			`80010002 "Throw" 00000001 0c 0001 0b 0001 "kee" 0f 0002 0b 00000002 "key" "keen" 00 00`,
		},
		{
			"handler error", "KITEX", `80010001 "Fail" 00000001 0b 0001 "boom" 00`,
			`80010003 "Fail" 00000001 0b 0001 "biz error: boom" 08 0002 00000006 00`,
		},
		{
			"exception type", "KITEX", `80010001 "FailType" 00000001 08 0001 0000022b 0b 0002 "boom" 00`,
			`80010003 "FailType" 00000001 0b 0001 "boom [biz error]" 08 0002 0000022b 00`,
		},
		{
			"unknown method", "KITEX", `80010001 "Nope" 00000001 00`,
			`80010003 "Nope" 00000001 0b 0001 "unknown service , method Nope" 08 0002 00000014 00`,
		},
		{"business status lost", "KITEX", `80010001 "Biz" 00000001 08 0001 00000194 00`, `80010002 "Biz" 00000001 00`},
		{"nil", "KITEX", `80010001 "Nil" 00000001 00`, `80010002 "Nil" 00000001 00`},
		{
			"fallback service", "KITEX_MULTI", `80010001 "Chat" 00000001 0c 0001 0b 0001 "hi" 00 00`,
			`80010002 "Chat" 00000001 0c 0000 0b 0001 "ExampleService: hi" 00 00`,
		},
		{
			"no service name", "KITEX_NAMED", `80010001 "Chat" 00000001 00`,
			`80010003 "Chat" 00000001 0b 0001 "unknown service , method Chat" 08 0002 00000014 00`,
		},
		{
			"defaults seen", "KITEX", `80010001 "Probe" 00000001 0c 0001 08 0002 00000000 0b 0004 "123" 00 00`,
			`80010002 "Probe" 00000001 0c 0000 0b 0001 "2,4" 0c 0002 00 00 00`,
		},
		{
			"binary generic", "KITEX_BINARY", `80010001 "Whatever" 00000001 0b 0001 "as it is" 00`,
			`80010002 "Whatever" 00000001 0b 0000 "as it is" 00`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := bytesOf(t, test.reply)
			got := exchange(t, address(t, test.server), bytesOf(t, test.request), len(want))
			if !bytes.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// TestKitexProtobufBytes does it for Kitex Protobuf.
func TestKitexProtobufBytes(t *testing.T) {
	for _, test := range []struct{ name, request, reply string }{
		{"unary", `90010001 "EchoPB" 00000001 0a026869`, `90010002 "EchoPB" 00000001 0a0572653a6869`},
		{"the other service", `90010001 "UnaryTest" 00000001 0a026869`, `90010002 "UnaryTest" 00000001 0a0572653a6869`},
		{"error", `90010001 "EchoPB" 00000001 0a076661696c206e6f`, `90010003 "EchoPB" 00000001 0806 120d62697a206572726f723a206e6f`},
		{"unknown method", `90010001 "Nope" 00000005`, `90010003 "Nope" 00000000 0814 121d756e6b6e6f776e2073657276696365202c206d6574686f64204e6f7065`},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := inFrame(bytesOf(t, test.reply))
			got := exchange(t, address(t, "KITEX_PB"), inFrame(bytesOf(t, test.request)), len(want))
			if !bytes.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// ttheader puts a TTHeader without pairs before a message.
func ttheader(message []byte) []byte {
	return inFrame(append([]byte{0x10, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0}, message...))
}

// readTTHeader sends a message with a TTHeader and returns the reply's header info
// and payload.
func readTTHeader(t *testing.T, address string, message []byte) (info, payload string) {
	t.Helper()
	length := exchange(t, address, message, 4)
	reply := exchange(t, address, message, 4+int(binary.BigEndian.Uint32(length)))
	end := 14 + 4*int(binary.BigEndian.Uint16(reply[12:]))
	return string(reply[14:end]), string(reply[end:])
}

// TestKitexBusinessStatus needs the handler of TTHeader in the server.
func TestKitexBusinessStatus(t *testing.T) {
	request := ttheader(bytesOf(t, `80010001 "Biz" 00000001 08 0001 00000194 0b 0002 "no such" 0d 0003 0b0b 00000001 "k" "v" 00`))
	for server, wants := range map[string][]string{
		"KITEX": {"biz-status\x00\x03404", "biz-message\x00\x07no such", "biz-extra\x00\x09{\"k\":\"v\"}"}, "KITEX_NOMETA": nil,
	} {
		info, payload := readTTHeader(t, address(t, server), request)
		if want := string(bytesOf(t, `80010002 "Biz" 00000001 00`)); payload != want {
			t.Errorf("%s: payload %q, want %q", server, payload, want)
		}
		if len(wants) == 0 && strings.Contains(info, "biz-") {
			t.Errorf("%s: header %q", server, info)
		}
		for _, want := range wants {
			if !strings.Contains(info, want) {
				t.Errorf("%s: header %q, want %q in it", server, info, want)
			}
		}
	}
}

// TestKitexMetainfo sends values each way, to the service that the header names.
func TestKitexMetainfo(t *testing.T) {
	header := bytesOf(t, `00 00 01 0003`)
	for _, s := range []string{"isn", "Calls", "RPC_TRANSIT_Tk", "tv", "RPC_PERSIST_PK", "pv"} {
		header = append(binary.BigEndian.AppendUint16(header, uint16(len(s))), s...)
	}
	header = append(header, make([]byte, (4-len(header)%4)%4)...)
	message := append([]byte{0x10, 0, 0, 0, 0, 0, 0, 1}, binary.BigEndian.AppendUint16(nil, uint16(len(header)/4))...)
	message = append(append(message, header...), bytesOf(t, `80010001 "Meta" 00000001 0d 0001 0b0b 00000001 "Back" "bv" 00`)...)
	info, payload := readTTHeader(t, address(t, "KITEX"), inFrame(message))
	if !strings.Contains(info, "Back\x00\x02bv") {
		t.Errorf("no backward value in %q", info)
	}
	for _, want := range []string{`"Tk" "tv"`, `"PK" "pv"`, `"isn" "Calls"`} {
		if !strings.Contains(payload, string(bytesOf(t, want))) {
			t.Errorf("no %s in %q", want, payload)
		}
	}
}

// TestKitexOneway records a oneway call, which is not answered.
func TestKitexOneway(t *testing.T) {
	conn, err := net.Dial("tcp", address(t, "KITEX"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(bytesOf(t, `80010004 "Record" 00000001 0b 0001 "oneway" 00`)); err != nil {
		t.Fatal(err)
	}
	want := bytesOf(t, `80010002 "Recorded" 00000001 08 0000 00000001 00`)
	request := bytesOf(t, `80010001 "Recorded" 00000001 0b 0001 "oneway" 08 0002 00000001 00`)
	if got := exchange(t, address(t, "KITEX"), request, len(want)); !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
