package demo_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/serve/demo"
)

// Requests as Kitex and Apache clients send them: EchoPingPong with "hi", and what
// the demo answers.
var thriftExchanges = []struct{ name, request, reply string }{
	{"buffered", "800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000",
		"800100020000000c4563686f50696e67506f6e67000000010c00000b00010000000268690000"},
	{"framed", "00000026800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000",
		"00000026800100020000000c4563686f50696e67506f6e67000000010c00000b00010000000268690000"},
	{"compact", "8221010c4563686f50696e67506f6e671c180268690000",
		"8241010c4563686f50696e67506f6e67 0c00 180268690000"},
	{"TTHeader", "000000341000000000000007000100000000800100010000000c4563686f50696e67506f6e67000000070c00010b00010000000268690000",
		"0000003c10000000000000070003000010000100160001320000 800100020000000c4563686f50696e67506f6e67000000070c00000b00010000000268690000"},
	{"unknown method", "0000001180010001000000044e6f70650000000100",
		"0000003c80010003000000044e6f7065000000010b00010000001d756e6b6e6f776e2073657276696365202c206d6574686f64204e6f70650800020000001400"},
}

func TestDemoThriftBytes(t *testing.T) {
	t.Parallel()
	for _, test := range thriftExchanges {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := demo.New()
			defer d.Close()
			c, err := d.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(10 * time.Second))
			request, _ := hex.DecodeString(test.request)
			want := strings.ReplaceAll(test.reply, " ", "")
			if _, err := c.Write(request); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(want)/2)
			if _, err := io.ReadFull(c, got); err != nil || hex.EncodeToString(got) != want {
				t.Errorf("%x, %v\nwant %s", got, err, want)
			}
		})
	}
}

// FuzzDemoThrift: whatever a client sends, the demo answers or hangs up.
func FuzzDemoThrift(f *testing.F) {
	for _, e := range thriftExchanges {
		request, _ := hex.DecodeString(e.request)
		f.Add(request)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PRI ")) {
			return // HTTP/2 is net/http's
		}
		d := demo.New()
		defer d.Close()
		c, err := d.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Second))
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(io.Discard, c)
		}()
		_, _ = c.Write(data)
		_ = c.Close()
		<-done
	})
}
