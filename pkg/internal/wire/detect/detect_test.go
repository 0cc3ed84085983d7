package detect_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/internal/wire/detect"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
)

// begin is a beginning in hexadecimal, or as text behind a quote.
func begin(t testing.TB, s string) []byte {
	t.Helper()
	if text, ok := strings.CutPrefix(s, "'"); ok {
		return []byte(text)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// requests are beginnings of clients; bytes is how many are enough to know.
var requests = []struct {
	name, begin string
	want        detect.Form
	bytes       int
}{
	{"TLS hello", "16 03 01 02 00 01", detect.Form{Kind: detect.TLS}, 3},
	{"TLS hello like TTHeader", "16 03 01 00 10 00 00 00", detect.Form{Kind: detect.TLS}, 3},
	{"HTTP/2", "'" + detect.Preface, detect.Form{Kind: detect.HTTP2}, 24},
	{"HTTP/1 GET", "'GET / HTTP/1.1", detect.Form{Kind: detect.HTTP1}, 4},
	{"HTTP/1 POST", "'POST / HTTP/1.1", detect.Form{Kind: detect.HTTP1}, 4},
	{"HTTP/1 PATCH", "'PATCH / HTTP/1.1", detect.Form{Kind: detect.HTTP1}, 4},
	{"a preface that is none", "'PRI * HTTP/1.0\r\n\r\nSM\r\n\r\n", detect.Form{}, 12},
	{"buffered", "80 01 00 01 00 00 00 04", detect.Form{Kind: detect.Strict}, 2},
	{"compact", "82 21 01 04", detect.Form{Kind: detect.Compact}, 2},
	{"compact of version 2", "82 22 01 04 65 63 68 6f", detect.Form{}, 8},
	{"JSON", `'[1,"Echo",1,1,{}]`, detect.Form{Kind: detect.JSON}, 4},
	{"an array", "'[2,3,4,5]", detect.Form{}, 8},
	{"framed", "00 00 00 20 80 01 00 01", detect.Form{Kind: detect.Strict, Framed: true}, 6},
	{"framed compact", "00 00 00 20 82 21 01 04", detect.Form{Kind: detect.Compact, Framed: true}, 8},
	{"framed JSON", "00 00 00 20 5b 31 2c 22", detect.Form{Kind: detect.JSON, Framed: true}, 8},
	{"Kitex Protobuf", "00 00 00 20 90 01 00 01", detect.Form{Kind: detect.KitexProtobuf, Framed: true}, 6},
	{"Kitex Protobuf without a frame", "90 01 00 01 00 00 00 04", detect.Form{}, 8},
	{"TTHeader", "00 00 00 20 10 00 00 00", detect.Form{Kind: detect.TTHeader, Framed: true}, 8},
	{"TTHeader streaming", "00 00 00 20 10 00 00 02", detect.Form{Kind: detect.TTHeaderStreams, Framed: true}, 8},
	{"THeader", "00 00 00 20 0f ff 00 00", detect.Form{Kind: detect.THeader, Framed: true}, 6},
	{"old binary", "00 00 00 04 65 63 68 6f 01", detect.Form{}, 8},
	{"SSH", "'SSH-2.0-x", detect.Form{}, 8},
	{"zeros", "00 00 00 00 00 00 00 00", detect.Form{}, 8},
}

// TestRequest: what each beginning is, and that no more is asked for than is needed.
func TestRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range requests {
		b := begin(t, tt.begin)
		n := 0
		for {
			f, need := detect.Request(b[:n])
			if need == 0 {
				if f != tt.want {
					t.Errorf("%s: %+v, want %+v", tt.name, f, tt.want)
				}
				break
			}
			n++
			if n > len(b) {
				t.Errorf("%s: %d bytes are not enough", tt.name, len(b))
				break
			}
		}
		if n != tt.bytes {
			t.Errorf("%s: known after %d bytes, want %d", tt.name, n, tt.bytes)
		}
	}
}

// TestAnswer: what an answer to Echo may begin with.
func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		begin string
		p     thriftwire.Protocol
		want  bool
	}{
		{"80 01 00 02", thriftwire.Binary, true},
		{"00 00 00 04", thriftwire.Binary, true}, // the old form
		{"00 00 00 05", thriftwire.Binary, false},
		{"82 41", thriftwire.Binary, false},
		{"82 41", thriftwire.Compact, true},
		{"82", thriftwire.Compact, false},
		{"00 00 00 04", thriftwire.Compact, false},
		{"' \n[", thriftwire.JSON, true},
		{"'  ", thriftwire.JSON, true},
		{"'{", thriftwire.JSON, false},
		{"90 01", thriftwire.KitexProtobuf, true},
		{"80 01", thriftwire.KitexProtobuf, false},
	} {
		if got := detect.Answer(tt.p, "Echo", begin(t, tt.begin)); got != tt.want {
			t.Errorf("%s in protocol %d: %v", tt.begin, tt.p, got)
		}
	}
}

// TestServers: what servers that do not speak Thrift begin with.
func TestServers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, begin                         string
		tls, settings, http1, ssh, isThrift bool
	}{
		{name: "alert", begin: "15 03 01 00 02 02 46", tls: true},
		{name: "SSL 2", begin: "15 02 01 00 02 02 46"},
		{name: "SETTINGS", begin: "00 00 06 04 00 00 00 00 00", settings: true},
		{name: "half a SETTINGS", begin: "00 00 06 04 00", settings: true},
		{name: "SETTINGS of 7 bytes", begin: "00 00 07 04 00 00 00 00 00"},
		{name: "SETTINGS of a stream", begin: "00 00 06 04 00 00 00 00 01"},
		{name: "HTTP/1", begin: "'HTTP/1.1 400 Bad Request", http1: true},
		{name: "SSH", begin: "'SSH-2.0-OpenSSH", ssh: true},
		{name: "reply", begin: "80 01 00 02", isThrift: true},
		{name: "a type that there is not", begin: "80 01 00 05"},
		{name: "framed", begin: "00 00 00 20 80 01 00 02", isThrift: true},
		{name: "text before a reply", begin: "20 00 00 20 80 01 00 02"},
		{name: "TTHeader", begin: "00 00 00 20 10 00 00 00", isThrift: true},
		{name: "compact", begin: "82 41 01 00", isThrift: true},
	} {
		b := begin(t, tt.begin)
		if got := detect.IsTLS(b); got != tt.tls {
			t.Errorf("%s: TLS %v", tt.name, got)
		}
		if got := detect.IsSettings(b); got != tt.settings {
			t.Errorf("%s: SETTINGS %v", tt.name, got)
		}
		if got := detect.IsHTTP1Answer(b); got != tt.http1 {
			t.Errorf("%s: HTTP/1 %v", tt.name, got)
		}
		if got := detect.IsSSH(b); got != tt.ssh {
			t.Errorf("%s: SSH %v", tt.name, got)
		}
		if got := detect.LooksLikeThrift(b); got != tt.isThrift {
			t.Errorf("%s: Thrift %v", tt.name, got)
		}
	}
	if level, description, ok := detect.TLSAlert(begin(t, "15 03 01 00 02 02 46")); level != 2 || description != 70 || !ok {
		t.Errorf("alert %d %d %v", level, description, ok)
	}
}

// FuzzRequest: what is known stays so, whatever follows, and what is asked for is bounded.
func FuzzRequest(f *testing.F) {
	for _, tt := range requests {
		f.Add(begin(f, tt.begin))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var known detect.Form
		for n, decided := 0, false; n <= len(b); n++ {
			got, need := detect.Request(b[:n])
			switch {
			case need != 0 && (need <= n || need > detect.RequestLen):
				t.Fatalf("asks for %d bytes, has %d", need, n)
			case decided && (need != 0 || got != known):
				t.Fatalf("%x: %+v, then %+v", b[:n], known, got)
			case need == 0:
				known, decided = got, true
			}
		}
		if p, ok := known.Protocol(); ok {
			at := 0
			if known.Framed {
				at = 4
			}
			if !detect.Answer(p, "", b[at:]) {
				t.Fatalf("%x: %+v is no message", b, known)
			}
		}
		_ = detect.LooksLikeThrift(b)
		_ = detect.IsSettings(b)
		_, _, _ = detect.TLSAlert(b)
	})
}
