package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/stream"
)

// TestThriftCalls makes several calls on one connection over every transport.
func TestThriftCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range forms(t) {
		t.Run(tt.String(), func(t *testing.T) {
			t.Parallel()
			f := tt.form(t)
			var conns atomic.Int32
			c := thriftClient(t, over(tt.transport, tt.protocol), serving(func(nc net.Conn) {
				conns.Add(1)
				thriftServer(f, func(n int, r thrift.Reply) []byte {
					if !bytes.Equal(r.Msg.Body, tt.request) || r.Msg.Name != tt.method.Name || r.Msg.Type != thriftwire.Call || int(r.Msg.Seq) != n+1 {
						t.Errorf("request %d: %+v", n, r.Msg)
					}
					return replyWith(f, tt.reply)(n, r)
				})(nc)
			}))
			for range 3 {
				got, _, err := thriftCall(ctxFor(t), c, tt.method, nil, tt.request)
				if err != nil || !bytes.Equal(got, tt.reply) {
					t.Fatalf("got %x, %v", got, err)
				}
			}
			if conns.Load() != 1 {
				t.Errorf("%d connections", conns.Load())
			}
		})
	}
}

// TestThriftRequestBytes compares requests with what Kitex v0.16.3 accepted and
// Apache's Go library wrote.
func TestThriftRequestBytes(t *testing.T) {
	t.Parallel()
	plain := func(o *setup) {}
	tests := []struct {
		name   string
		change func(*setup)
		method *stream.Method
		md     stream.Metadata
		body   string
		want   string
	}{
		{"framed", over(call.Framed, stream.Binary), echoPingPong, nil, hiBody,
			"00000026800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000"},
		{"buffered", over(call.Buffered, stream.Binary), echoPingPong, nil, hiBody,
			"800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000"},
		{"no body", over(call.Buffered, stream.Compact), echoPingPong, nil, "", "8221010c4563686f50696e67506f6e6700"},
		{"compact", over(call.Buffered, stream.Compact), echoPingPong, nil, "1c180268690000", "8221010c4563686f50696e67506f6e671c180268690000"},
		{"multiplexed", func(o *setup) { o.Transport, o.Multiplex = call.Buffered, "TestService" }, echoPingPong, nil, hiBody,
			"800100010000001854657374536572766963653a4563686f50696e67506f6e67000000010c00010b00010000000268690000"},
		{"oneway", over(call.Framed, stream.Binary), notify, nil, "00", "00000013 80010004 00000006 4e6f74696679 00000001 00"},
		{"THeader", over(call.Header, stream.Binary), echoPingPong, stream.Metadata{{Name: "k", Value: "v"}}, hiBody,
			"000000380fff000000000001000200000101016b0176800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000"},
		{"Kitex Protobuf", over(call.Framed, stream.Binary), protoUnary, nil, "0a026869", "000000159001000100000005556e617279000000010a026869"},
		{"TTHeader", func(o *setup) {
			plain(o)
			o.UserAgent, o.ToService = "cli/1", "demo"
			o.Transient = stream.Metadata{{Name: "TK", Value: "tv"}}
			o.Persistent = stream.Metadata{{Name: "PK", Value: "pv"}}
			o.IntInfo = map[uint16]string{12: "3000"}
		}, echoPingPong, stream.Metadata{{Name: "rip", Value: "10.0.0.9:1"}}, hiBody,
			"000000bc 1000 0000 00000001 0023 0000" +
				"010004 000e5250435f504552534953545f504b 00027076 000e5250435f5452414e5349545f544b 00027476 000369736e 000b5465737453657276696365 0003726970 000a31302e302e302e393a31" +
				"100006 0001 0008756e6672616d6564 0003 0003636c69 0006 000464656d6f 0009 000c4563686f50696e67506f6e67 000c 000433303030 0016 000131 00" +
				"800100010000000c4563686f50696e67506f6e67000000010c00010b00010000000268690000"},
	}
	for _, tt := range tests {
		got := make(chan []byte, 1)
		c := thriftClient(t, tt.change, serving(func(nc net.Conn) {
			b := make([]byte, 1<<16)
			n, _ := nc.Read(b) // one write
			got <- b[:n]
		}))
		_, _, _ = thriftCall(ctxFor(t), c, tt.method, tt.md, unhex(t, tt.body))
		if b := <-got; !bytes.Equal(b, unhex(t, tt.want)) {
			t.Errorf("%s: sent %x\nwant %s", tt.name, b, tt.want)
		}
	}
}

// TestThriftSplitReplies has replies arrive cut in two at every place.
func TestThriftSplitReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range forms(t) {
		t.Run(tt.String(), func(t *testing.T) {
			t.Parallel()
			f := tt.form(t)
			whole := replyWith(f, tt.reply)(0, thrift.Reply{Msg: thriftwire.Message{Envelope: thriftwire.Envelope{Type: thriftwire.Call, Seq: 1}}})
			for cut := range len(whole) {
				c := thriftClient(t, over(tt.transport, tt.protocol), serving(func(nc net.Conn) {
					_, _ = nc.Read(make([]byte, 1<<16))
					_, _ = nc.Write(whole[:cut])
					_, _ = nc.Write(whole[cut:])
					_, _ = io.Copy(io.Discard, nc)
				}))
				got, _, err := thriftCall(ctxFor(t), c, tt.method, nil, tt.request)
				if err != nil || !bytes.Equal(got, tt.reply) {
					t.Fatalf("cut at %d: %x, %v", cut, got, err)
				}
				c.Close()
			}
		})
	}
}

// TestThriftEOF has the peer close the connection after every byte of a reply.
func TestThriftEOF(t *testing.T) {
	t.Parallel()
	for _, tt := range forms(t) {
		t.Run(tt.String(), func(t *testing.T) {
			t.Parallel()
			f := tt.form(t)
			whole := replyWith(f, tt.reply)(0, thrift.Reply{Msg: thriftwire.Message{Envelope: thriftwire.Envelope{Type: thriftwire.Call, Seq: 1}}})
			for n := range len(whole) {
				c := thriftClient(t, over(tt.transport, tt.protocol), serving(sayAndClose(whole[:n])))
				_, _, err := thriftCall(ctxFor(t), c, tt.method, nil, tt.request)
				var connect *call.ConnectError
				var lost *call.ConnectionLostError
				var cut *call.CutError
				if n == 0 {
					if !errors.As(err, &connect) || !connect.Dropped || connect.Phase != call.PhaseThrift ||
						err.Error() != "call peer:1: the peer closed the connection before answering" {
						t.Fatalf("before the answer: %v", err)
					}
				} else if !errors.As(err, &lost) || !errors.As(err, &cut) || cut.Have != n {
					t.Fatalf("after %d of %d bytes: %v", n, len(whole), err)
				}
				c.Close()
			}
		})
	}
}

// TestThriftKeptConnectionDies: a connection that the server has closed since the
// last call is replaced, one that it closes after the request is not.
func TestThriftKeptConnectionDies(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.Framed, stream.Binary, echoPingPong, nil, nil}.form(t)
	for _, network := range []string{"pipe", "tcp"} {
		var conns, calls atomic.Int32
		closed := make(chan struct{}, 10)
		serve := func(nc net.Conn) {
			defer func() { nc.Close(); closed <- struct{}{} }()
			conns.Add(1)
			thriftServer(f, func(n int, r thrift.Reply) []byte {
				calls.Add(1)
				if n == 1 {
					nc.Close() // with the request
					return nil
				}
				_, _ = nc.Write(replyWith(f, unhex(t, reHiBody))(n, r))
				if conns.Load() == 1 {
					nc.Close()
				}
				return nil
			})(nc)
		}
		change := []func(*setup){over(call.Framed, stream.Binary), serving(serve)}
		if network == "tcp" {
			addr := listen(t, serve)
			change[1] = func(o *setup) { o.Targets = []call.Target{mustTarget(t, addr)} }
		}
		c := thriftClient(t, change...)
		for i := range 2 {
			if _, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, unhex(t, hiBody)); err != nil {
				t.Fatalf("%s: call %d: %v", network, i, err)
			}
			if i == 0 {
				<-closed
				for conn := c.carriers[call.Framed].(*thrift.Carrier).Idle[0]; network == "tcp" && conn.Alive(); {
					runtime.Gosched() // the FIN has to cross loopback
				}
			}
		}
		_, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, unhex(t, hiBody))
		var lost *call.ConnectionLostError
		if !errors.As(err, &lost) || conns.Load() != 2 || calls.Load() != 3 {
			t.Errorf("%s: %v after %d calls on %d connections", network, err, calls.Load(), conns.Load())
		}
	}
}

// TestThriftConcurrent has calls at once, each on a connection of its own, which
// are kept.
func TestThriftConcurrent(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.TTHeader, stream.Binary, echoPingPong, nil, nil}.form(t)
	var conns atomic.Int32
	gate := make(chan struct{})
	c := thriftClient(t, serving(func(nc net.Conn) {
		conns.Add(1)
		thriftServer(f, func(n int, r thrift.Reply) []byte {
			<-gate
			body := append(unhex(t, "0b0000"), r.Msg.Body[3:]...)
			return replyWith(f, body)(n, r)
		})(nc)
	}))
	for round := range 3 {
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				body := unhex(t, fmt.Sprintf("0b0001 00000004 %08x 00", i*1000+round))
				got, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, body)
				if err != nil || !bytes.Equal(got[3:], body[3:]) {
					t.Errorf("got %x, %v", got, err)
				}
			})
		}
		if round == 0 {
			for conns.Load() < 20 {
				time.Sleep(time.Millisecond)
			}
			close(gate)
		}
		wg.Wait()
	}
	if conns.Load() != 20 {
		t.Errorf("%d connections", conns.Load())
	}
}

// TestThriftSockets goes over TCP with TLS and over a Unix socket, to the second
// of two targets.
func TestThriftSockets(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.TTHeader, stream.Binary, echoPingPong, nil, nil}.form(t)
	serve := thriftServer(f, replyWith(f, unhex(t, reHiBody)))
	path := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for nc, err := ln.Accept(); err == nil; nc, err = ln.Accept() {
			go serve(nc)
		}
	}()
	a := newAuthority(t)
	secure := listenTLS(t, a, serve)
	for name, change := range map[string]func(*setup){
		"unix": func(o *setup) { o.Targets = []call.Target{mustTarget(t, "unix:"+path)} },
		"tls":  func(o *setup) { o.Targets = []call.Target{mustTarget(t, "ttheaders://"+secure)}; o.TLS.CACert = a.file },
		"second": func(o *setup) {
			o.Targets = []call.Target{mustTarget(t, refusedAddress(t)), mustTarget(t, "unix:"+path)}
		},
		"tcp, once": func(o *setup) { o.Targets = []call.Target{mustTarget(t, listen(t, serve))} },
	} {
		c := thriftClient(t, change)
		for range 3 {
			if _, _, err := thriftCall(ctxFor(t), c, echoPingPong, nil, unhex(t, hiBody)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestThriftOneway: nothing is waited for, requests are not lost when the client
// closes, and a server that answers all the same does not confuse the next call.
func TestThriftOneway(t *testing.T) {
	t.Parallel()
	f := thriftCase{call.Framed, stream.Binary, notify, nil, nil}.form(t)
	var conns atomic.Int32
	got := make(chan string, 10)
	addr := listen(t, func(nc net.Conn) {
		conns.Add(1)
		thriftServer(f, func(_ int, r thrift.Reply) []byte {
			got <- r.Msg.Type.String()
			return replyWith(f, []byte{0})(0, r)
		})(nc)
	})
	c := thriftClient(t, over(call.Framed, stream.Binary), func(o *setup) { o.Targets = []call.Target{mustTarget(t, addr)} })
	for range 3 {
		if reply, _, err := thriftCall(ctxFor(t), c, notify, nil, nil); err != nil || reply != nil {
			t.Fatalf("got %x, %v", reply, err)
		}
	}
	if _, _, err := thriftCall(ctxFor(t), c, &stream.Method{Name: "Notify", Lang: stream.Thrift}, nil, nil); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	c.Close()
	var all []string
	for range 4 {
		all = append(all, <-got)
	}
	if slices.Sort(all); strings.Join(all, " ") != "CALL ONEWAY ONEWAY ONEWAY" || conns.Load() != 2 || time.Since(start) > time.Second {
		t.Errorf("%q on %d connections, closed in %v", all, conns.Load(), time.Since(start))
	}
	a := newAuthority(t)
	conns.Store(0)
	secure := listenTLS(t, a, func(nc net.Conn) {
		conns.Add(1)
		thriftServer(f, func(_ int, r thrift.Reply) []byte { got <- r.Msg.Type.String(); return nil })(nc)
	})
	c = thriftClient(t, over(call.Framed, stream.Binary), func(o *setup) {
		o.Targets, o.TLS = []call.Target{mustTarget(t, secure)}, call.TLSOptions{Enabled: true, Insecure: true}
	})
	for range 3 {
		if _, _, err := thriftCall(ctxFor(t), c, notify, nil, nil); err != nil {
			t.Fatal(err)
		}
		<-got
	}
	if c.Close(); conns.Load() != 1 {
		t.Errorf("%d connections with TLS", conns.Load())
	}
	// A server for which the method has an answer.
	warned := make(chan string, 10)
	addr = listen(t, thriftServer(f, func(_ int, r thrift.Reply) []byte {
		r.Msg.Type = thriftwire.Call
		return replyWith(f, []byte{0})(0, r)
	}))
	c = thriftClient(t, over(call.Framed, stream.Binary), func(o *setup) {
		o.Targets = []call.Target{mustTarget(t, addr)}
		o.Trace = &stream.Trace{Warn: func(m string) { warned <- m }}
	})
	if _, _, err := thriftCall(ctxFor(t), c, notify, nil, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := thriftCall(ctxFor(t), c, &stream.Method{Name: "Notify", Lang: stream.Thrift}, nil, nil); err != nil {
		t.Fatal(err)
	}
	c.Close()
	select {
	case m := <-warned:
		if m != "the peer answered a call that has no answer (oneway)" {
			t.Error(m)
		}
	default:
		t.Error("no warning")
	}
}
