package client

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/h2"
	"github.com/idlcall/idlcall/pkg/call/internal/web"
	"github.com/idlcall/idlcall/pkg/stream"
)

// FuzzWebAnswers answers over HTTP/1.1 and over HTTP/2 with the same body of gRPC-Web:
// the call ends, in the same way, with the same messages and the same trailer.
func FuzzWebAnswers(f *testing.F) {
	f.Add("", []byte(webMessage(0, "a")+webMessage(0x80, "grpc-status: 0\r\nx-tail: 1\r\n")))
	f.Add("", []byte(webMessage(0x80, "grpc-status:5\ngrpc-message:a%20b\n\n")))
	f.Add("", []byte(webMessage(0x80, "grpc-status: 0\r\n")+webMessage(0, "behind")))
	f.Add("", []byte(webMessage(0x81, "\x1f\x8b\x08\x00")))
	f.Add("", []byte(webMessage(0x80, "nonsense")))
	f.Add("", []byte("\x80\xff\xff\xff\xff"))
	f.Add("", []byte("\x00\x00\x00\x00\x09cut"))
	f.Add("3", []byte{})
	f.Add("0", []byte(webMessage(0, "a")))
	f.Fuzz(func(t *testing.T, status string, body []byte) {
		if web.BadValue(status) != "" {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			one, two := webAnswer(t, status, body, false), webAnswer(t, status, body, true)
			if one != two {
				t.Errorf("over HTTP/1.1: %s\nover HTTP/2:   %s", one, two)
			}
		})
	})
}

// webAnswer is what comes of a call that is answered with body, and with status in the
// header where that is not empty.
func webAnswer(t *testing.T, status string, body []byte, http2 bool) string {
	serve := webOverHTTP1
	if http2 {
		serve = webOverHTTP2
	}
	c := pipeClient(t, func(nc net.Conn) { serve(nc, status, body) }, func(o *setup) {
		o.Transport, o.HTTP2, o.MaxMessageSize = call.GRPCWeb, http2, 1<<16
	})
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all, s, err := do(ctx, c, stream.Server, nil, []byte("hi"))
	if ctx.Err() != nil {
		t.Errorf("the call hung: %v", err)
	}
	trailer := slices.DeleteFunc(s.Trailer(), func(p stream.Pair) bool { return p.Name == "content-length" }) // HTTP/1.1's
	return fmt.Sprintf("%q, trailer %q, %v", all, trailer, err)
}

func webOverHTTP1(nc net.Conn, status string, body []byte) {
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\n"
	if status != "" {
		head += "Grpc-Status: " + status + "\r\n"
	}
	from := bufio.NewReader(nc)
	if r, err := http.ReadRequest(from); err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(nc, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
		_, _ = io.Copy(io.Discard, from)
	}
}

func webOverHTTP2(nc net.Conn, status string, body []byte) {
	afterRequest(func(p *peer, id uint32) {
		fields := []string{":status", "200", "content-type", "application/grpc-web+proto"}
		if status != "" {
			fields = append(fields, "grpc-status", status)
		}
		p.header(id, len(body) == 0, fields...)
		for len(body) > 0 {
			part := body[:min(len(body), h2.DefaultMaxFrame)]
			body = body[len(part):]
			_ = p.fr.WriteData(id, len(body) == 0, part)
		}
	})(nc)
}
