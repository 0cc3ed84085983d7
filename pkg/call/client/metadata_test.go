package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/internal/wire/grpcwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

func TestMetadataRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, "127.0.0.1:1")
	tests := []struct{ name, value, want string }{
		{"", "x", `metadata "": the name is empty`},
		{":path", "x", `metadata ":path": names that begin with a colon are reserved`},
		{"a b", "x", `metadata "a b": names consist of letters, digits, - _ and ., not ' '`},
		{"grpc-timeout", "1S", `metadata "grpc-timeout": names that begin with grpc- are reserved`},
		{"Content-Type", "x", `metadata "Content-Type": it is set by the protocol`},
		{"connection", "close", `metadata "connection": it has no meaning in HTTP/2`},
		{"x", "a\nb", `metadata "x": byte 0x0a at offset 1 of the value is not printable ASCII (names that end in -bin carry any bytes)`},
		{"x", " a", `metadata "x": the value begins or ends with a space`},
	}
	for _, tt := range tests {
		_, err := c.Open(t.Context(), rpc(method(stream.Unary), stream.Metadata{{Name: tt.name, Value: tt.value}}))
		var bad *call.MetadataError
		if !errors.As(err, &bad) || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 1)
	addr := startH2C(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		h := w.Header()
		h.Set("content-type", "application/grpc+proto")
		h.Set("x-bin", "AAE=,AAI, /w")
		h.Add("x-two", "a")
		h.Add("x-two", "b")
		h.Set(http.TrailerPrefix+"grpc-status", "9")
		h.Set(http.TrailerPrefix+"grpc-status-details-bin", "CAk=")
		h.Set(http.TrailerPrefix+"y-bin", "!!")
	}))
	c := newClient(t, "http://"+addr+"/prefix", func(o *setup) { o.UserAgent = "me/1" })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	md := stream.Metadata{{Name: "X-Up", Value: "v"}, {Name: "k-bin", Value: "\x00\x01"}}
	_, s, err := do(ctx, c, stream.Unary, md, nil)
	var status *stream.Status
	if !errors.As(err, &status) || status.Code != 9 || string(status.Details) != "\x08\x09" {
		t.Fatalf("got %v", err)
	}
	h := <-seen
	if h.Get("x-up") != "v" || h.Get("k-bin") != "AAE" || h.Get("user-agent") != "me/1" || h.Get("te") != "trailers" ||
		h.Get("grpc-accept-encoding") != "identity,gzip" || !strings.HasSuffix(h.Get("grpc-timeout"), "u") {
		t.Errorf("request header %v", h)
	}
	header, err := s.Header()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	for _, p := range header {
		values[p.Name] = append(values[p.Name], p.Value)
	}
	if !reflect.DeepEqual(values["x-bin"], []string{"\x00\x01", "\x00\x02", "\xff"}) || !reflect.DeepEqual(values["x-two"], []string{"a", "b"}) {
		t.Errorf("header %q", values)
	}
	if v, _ := s.Trailer().Get("y-bin"); v != "!!" || len(s.Trailer()) != 1 {
		t.Errorf("trailer %q", s.Trailer())
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("compress me "), 10_000)
	for _, encoding := range []string{"gzip", "zstd"} {
		addr := startH2C(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var in bytes.Buffer
			_, _ = in.ReadFrom(r.Body)
			flags, n := grpcwire.ParsePrefix(in.Bytes())
			if flags != 1 || int(n) != in.Len()-5 || in.Len() > 1000 || r.Header.Get("grpc-encoding") != encoding {
				t.Errorf("%s: flags %d, %d bytes", encoding, flags, n)
			}
			var plain bytes.Buffer
			if encoding == "gzip" {
				zr, _ := gzip.NewReader(bytes.NewReader(in.Bytes()[5:]))
				_, _ = plain.ReadFrom(zr)
			} else {
				zr, _ := zstd.NewReader(bytes.NewReader(in.Bytes()[5:]))
				_, _ = plain.ReadFrom(zr)
				zr.Close()
			}
			if !bytes.Equal(plain.Bytes(), body) {
				t.Errorf("%s: the request does not decompress to what was sent", encoding)
			}
			w.Header().Set("content-type", "application/grpc")
			w.Header().Set("grpc-encoding", encoding)
			for range 3 {
				_, _ = w.Write(in.Bytes())
			}
			w.Header().Set(http.TrailerPrefix+"grpc-status", "0")
		}))
		c := newClient(t, addr, func(o *setup) { o.Compress = encoding })
		got, _, err := do(t.Context(), c, stream.Server, nil, body)
		if err != nil || len(got) != 3 || !bytes.Equal(got[0], body) || !bytes.Equal(got[2], body) {
			t.Errorf("%s: %d messages, %v", encoding, len(got), err)
		}
		small := newClient(t, addr, func(o *setup) { o.Compress, o.MaxMessageSize = encoding, len(body)-1 })
		_, _, err = do(t.Context(), small, stream.Server, nil, body)
		if want := "received message exceeds the limit of 119999 bytes when decompressed"; err == nil || err.Error() != want {
			t.Errorf("%s bomb: %v", encoding, err)
		}
	}
	if err := newClient(t, "h:1").Prepare(stream.Call{Compress: "snappy"}); err == nil {
		t.Error("an unknown encoding was accepted")
	}
}

func TestTraceEvents(t *testing.T) {
	t.Parallel()
	var lines []string
	events := make(chan string, 1000)
	trace := &stream.Trace{
		Dialed:     func(network, _ string, _ time.Duration, err error) { events <- "dialed " + network },
		SentHeader: func(md stream.Metadata) { p, _ := md.Get(":path"); events <- "header " + p },
		Sent:       func(body, wire int) { events <- "sent" },
		HalfClosed: func() { events <- "half-closed" },
		GotHeader:  func(md stream.Metadata) { p, _ := md.Get(":status"); events <- "got " + p },
		Received:   func(body, wire int) { events <- "received" },
		GotTrailer: func(md stream.Metadata) { p, _ := md.Get("grpc-status"); events <- "trailer " + p },
		Frame: func(out bool, text string) {
			if out {
				events <- "> " + text
			} else {
				events <- "< " + text
			}
		},
	}
	c := newClient(t, listen(t, func(nc net.Conn) { rawServer(1, []byte("x"))(nc) }), func(o *setup) { o.Trace = trace })
	if _, _, err := do(t.Context(), c, stream.Unary, nil, []byte("hi")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	close(events)
	for e := range events {
		lines = append(lines, e)
	}
	all := "\n" + strings.Join(lines, "\n") + "\n"
	for _, want := range []string{
		"dialed tcp", "header /test.Echo/Call", "sent", "half-closed", "got 200", "received", "trailer 0",
		"> SETTINGS stream=0 len=18 ENABLE_PUSH=0 INITIAL_WINDOW_SIZE=1048576 MAX_HEADER_LIST_SIZE=1048576",
		"> WINDOW_UPDATE stream=0 len=4 increment=16711681",
		"> DATA stream=1 flags=END_STREAM len=7",
		"< SETTINGS stream=0 len=6 INITIAL_WINDOW_SIZE=4194304",
		"< DATA stream=1 len=6",
		"> GOAWAY stream=0 len=8 last=0 code=NO_ERROR",
	} {
		if !strings.Contains(all, "\n"+want+"\n") {
			t.Errorf("no %q in%s", want, all)
		}
	}
}
