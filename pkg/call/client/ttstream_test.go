package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/internal/dial"
	"github.com/idlcall/idlcall/pkg/call/internal/fault"
	"github.com/idlcall/idlcall/pkg/call/internal/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/internal/wire/ttheader"
	"github.com/idlcall/idlcall/pkg/stream"
)

// echoOf is a method of the service in the specification's examples.
func echoOf(t stream.Type) *stream.Method {
	name := map[stream.Type]string{stream.Bidi: "Echo", stream.Client: "EchoClient", stream.Server: "EchoServer"}[t]
	return &stream.Method{Service: "test.TestService", Name: name, Type: t, Streaming: true, Lang: stream.Thrift}
}

// Frames of a server, as recorded from Kitex v0.16.3.
const (
	headerFrame    = "0000001e100000020000000100051000100002001b000132000900044563686f0000"
	reAFrame       = "0000002a100000020000000100051000100002001b000133000900044563686f00000b00010000000472653a6100"
	trailerFrame   = "0000001e100000020000000100051000100002001b000134000900044563686f0000"
	exceptionFrame = "00000054100000020000000100051000100002001b000134000900044563686f000080010003000000044563686f000000010b00010000001762697a206572726f723a2068616e646c657220626f6f6d0800020000000600"
	bizFrame       = "00000066100000020000000100171000010003000b62697a2d6d657373616765000e6e6f7420666f756e643a20e4b8ad000962697a2d657874726100097b226b223a2276227d000a62697a2d7374617475730003343034100002001b000134000900044563686f000000"
	hkHeaderFrame  = "0000002e1000000200000001000910000100010002686b00026876100002001b0001320009000a4563686f53657276657200"
	tkTrailerFrame = "0000002e1000000200000001000910000100010002746b00027476100002001b0001340009000a4563686f53657276657200"
	rstFrame       = "0000005a1000000200000001000910000100010005747473637000056d79636c69100002001b000135000900044563686f0080010003000000044563686f000000010b00010000000d757365722063616e63656c656408000200002ee700"
)

// frameOf makes a frame of any stream.
func frameOf(t testing.TB, kind ttheader.FrameType, id int32, payload []byte, str ...ttheader.Pair) []byte {
	t.Helper()
	b, err := ttheader.AppendStream(nil, kind, id, "Echo", payload, str...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func exceptionOf(name string, seq, typ int32, text string) []byte {
	env := thriftwire.Envelope{Name: name, Type: thriftwire.Exception, Seq: seq}
	return thriftwire.Append(nil, thriftwire.Binary, env, thriftwire.AppendException(nil, thriftwire.Binary, typ, text))
}

// framePeer is the server's end of a connection with streams.
type framePeer struct {
	net.Conn
	conn *thrift.Conn
}

// next reads a frame.
func (p *framePeer) next() (ttheader.StreamFrame, error) {
	if err := p.conn.Need(4); err != nil {
		return ttheader.StreamFrame{}, err
	}
	n := int(ttheader.FrameLen(p.conn.Unread()))
	if err := p.conn.Need(n); err != nil {
		return ttheader.StreamFrame{}, err
	}
	b := slices.Clone(p.conn.Unread()[:n])
	p.conn.Consume(n)
	return ttheader.ParseStream(b)
}

// all reads to the end of the connection.
func (p *framePeer) all() (frames []string) {
	for {
		f, err := p.next()
		if err != nil {
			return frames
		}
		frames = append(frames, describe(&f))
	}
}

// describe is a frame in a line.
func describe(f *ttheader.StreamFrame) string {
	return fmt.Sprintf("%s %d %x %v", f.Type, f.Stream, f.Payload, f.Str)
}

// streamsTo is a peer that serves each connection over TCP; errors name it "peer:1".
func streamsTo(t testing.TB, serve func(p *framePeer)) func(*setup) {
	t.Helper()
	target := mustTarget(t, listen(t, func(nc net.Conn) {
		defer nc.Close()
		serve(newFramePeer(nc))
	}))
	target.Text = "peer:1"
	return func(o *setup) { o.Targets = []call.Target{target} }
}

func newFramePeer(nc net.Conn) *framePeer {
	return &framePeer{nc, thrift.NewConn(nc, &dial.SniffConn{Conn: nc}, call.Target{})}
}

// closeWrite ends the peer's side.
func (p *framePeer) closeWrite() { _ = p.Conn.(*net.TCPConn).CloseWrite() }

// write writes frames.
func (p *framePeer) write(t testing.TB, hex string) { _, _ = p.Write(unhex(t, hex)) }

// outcome runs a stream with one message, and describes how it went.
func outcome(t *testing.T, c *testClient, typ stream.Type) (replies []string, header, trailer stream.Metadata, err error) {
	t.Helper()
	return outcomeWithin(ctxFor(t), t, c, typ)
}

func outcomeWithin(ctx context.Context, t *testing.T, c *testClient, typ stream.Type) (replies []string, header, trailer stream.Metadata, err error) {
	t.Helper()
	s, err := c.Open(ctx, rpc(echoOf(typ), nil))
	if err != nil {
		return nil, nil, nil, err
	}
	defer s.Close(nil)
	if err := s.Send(unhex(t, "0b0001000000016100")); err != nil && err != io.EOF {
		return nil, nil, nil, err
	}
	if err := s.CloseSend(); err != nil {
		return nil, nil, nil, err
	}
	header, _ = s.Header()
	for {
		body, err := s.Recv()
		if err != nil {
			return replies, header, s.Trailer(), err
		}
		replies = append(replies, fmt.Sprintf("%x", body))
	}
}

// TestStreamEndings: what a server's frames are to the user.
func TestStreamEndings(t *testing.T) {
	t.Parallel()
	const reA = "0b00010000000472653a6100"
	for _, tt := range []struct {
		name    string
		frames  []byte
		replies string
		trailer string
		want    string
	}{
		{"success", unhex(t, headerFrame+reAFrame+trailerFrame), reA, "", "EOF"},
		{"no HEADER", unhex(t, trailerFrame), "", "", "EOF"},
		{"no HEADER, but a message", unhex(t, reAFrame+trailerFrame), reA, "", "EOF"},
		{"metadata", unhex(t, hkHeaderFrame+tkTrailerFrame), "", "tk=tv", "EOF"},
		{"META first", append(frameOf(t, ttheader.FrameMeta, 1, []byte("x")), unhex(t, headerFrame+reAFrame+trailerFrame)...), reA, "", "EOF"},
		{"other streams between", slices.Concat(frameOf(t, ttheader.FrameData, 2, unhex(t, reA)), unhex(t, headerFrame), frameOf(t, ttheader.FrameTrailer, -7, nil), unhex(t, reAFrame+trailerFrame)), reA, "", "EOF"},
		{"exception", unhex(t, headerFrame+reAFrame+exceptionFrame), reA, "", "application exception 6 (internal error): biz error: handler boom"},
		{"exception of another name", frameOf(t, ttheader.FrameTrailer, 1, exceptionOf("other", 99, 7, "odd")), "", "", "application exception 7 (protocol error): odd"},
		{"business status", unhex(t, headerFrame+bizFrame), "", "", "business status 404: not found: \u4e2d"},
		{"business status 0", frameOf(t, ttheader.FrameTrailer, 1, nil, ttheader.Pair{Key: "biz-status", Value: "0"}, ttheader.Pair{Key: "a", Value: "b"}), "", "a=b", "EOF"},
		{"exception and business status", frameOf(t, ttheader.FrameTrailer, 1, exceptionOf("Echo", 1, 6, "wins"), ttheader.Pair{Key: "biz-status", Value: "5"}), "", "", "application exception 6 (internal error): wins"},
		{"unreadable exception", frameOf(t, ttheader.FrameTrailer, 1, []byte("what")), "", "", "peer:1 broke the protocol: an exception that cannot be read: the method name has 2003329396 bytes, but only 0 follow"},
		{"RST", unhex(t, headerFrame+reAFrame+rstFrame), reA, "", "peer:1 reset the stream after 1 message: code 12007 (canceled by the user): user canceled, canceled by way of mycli"},
		{"RST without payload", frameOf(t, ttheader.FrameReset, 1, nil, ttheader.Pair{Key: "ttscp", Value: "a,b"}), "", "", "peer:1 reset the stream after 0 messages, canceled by way of a, b"},
		{"two HEADERs", unhex(t, headerFrame+headerFrame), "", "", "peer:1 broke the protocol: a second HEADER on the stream"},
		{"empty DATA", frameOf(t, ttheader.FrameData, 1, nil), "", "", "peer:1 broke the protocol: a DATA frame without a message"},
		{"unknown type", frameOf(t, '9', 1, nil), "", "", `peer:1 broke the protocol: a frame of a stream with the type "9"`},
		{"no flag", unhex(t, "0000001e100000000000000100051000100002001b000132000900044563686f0000"), "", "", "peer:1 did not answer in TTHeader streaming: saw TTHeader (00 00 00 1e 10 00 00 00 00 00 00 01 00 05 10 00)"},
		{"garbage in midstream", append(unhex(t, headerFrame+reAFrame), "GARBAGE GARBAGE"...), reA, "", `peer:1 broke the protocol: the text "GARBAGE GARBAGE" in place of a frame, after 1 message`},
		{"too large", append(unhex(t, headerFrame), 0x3f, 0xff, 0xff, 0xff, 0x10, 0, 0, 2), "", "", "received message of 1073741823 bytes exceeds the limit of 67108864"},
		{"closed", unhex(t, headerFrame+reAFrame), reA, "", "connection to peer:1 lost after 1 message: the peer closed the connection"},
		{"closed at once", nil, "", "", "call peer:1: the peer closed the connection before answering"},
		{"cut", unhex(t, headerFrame+reAFrame+reAFrame)[:len(headerFrame)/2+len(reAFrame)/2+20], reA, "", "connection to peer:1 lost after 1 message: the peer closed the connection 20 bytes into its answer of 46"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := thriftClient(t, streamsTo(t, func(p *framePeer) {
				if _, err := p.next(); err != nil {
					return
				}
				_, _ = p.Write(tt.frames)
				p.closeWrite()
				p.all()
			}))
			replies, _, trailer, err := outcome(t, c, stream.Bidi)
			if err.Error() != tt.want || strings.Join(replies, " ") != tt.replies || flat(trailer) != tt.trailer {
				t.Errorf("got  %v, %q, trailer %q\nwant %s, %q, %q", err, replies, flat(trailer), tt.want, tt.replies, tt.trailer)
			}
		})
	}
}

func flat(md stream.Metadata) string {
	var parts []string
	for _, p := range md {
		parts = append(parts, p.Name+"="+p.Value)
	}
	return strings.Join(parts, " ")
}

// TestStreamCut: a server that breaks off anywhere never looks like one that ended.
func TestStreamCut(t *testing.T) {
	t.Parallel()
	whole := unhex(t, headerFrame+reAFrame+trailerFrame)
	var cut atomic.Int64
	c := thriftClient(t, streamsTo(t, func(p *framePeer) {
		if _, err := p.next(); err != nil {
			return
		}
		_, _ = p.Write(whole[:cut.Load()])
		p.closeWrite()
		p.all()
	}))
	for n := range len(whole) {
		cut.Store(int64(n))
		_, _, _, err := outcome(t, c, stream.Bidi)
		var lost *call.ConnectionLostError
		var refused *call.ConnectError
		if !errors.As(err, &lost) && !errors.As(err, &refused) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
	}
}

// TestStreamSends: the frames of a client.
func TestStreamSends(t *testing.T) {
	t.Parallel()
	const a, b = "0b0001000000016100", "0b0001000000016200"
	for _, tt := range []struct {
		name   string
		typ    stream.Type
		change func(*setup)
		md     stream.Metadata
		bodies []string
		want   []string
	}{
		{"bidi", stream.Bidi, nil, nil, []string{a, b}, []string{"HEADER 1  [{isn TestService}]", "DATA 1 " + a + " []", "DATA 1 " + b + " []", "TRAILER 1  []"}},
		{"client", stream.Client, nil, nil, nil, []string{"HEADER 1  [{isn TestService}]", "TRAILER 1  []"}},
		{"server", stream.Server, nil, nil, []string{a}, []string{"HEADER 1  [{isn TestService}]", "DATA 1 " + a + " []", "TRAILER 1  []"}},
		{"server, no message", stream.Server, nil, nil, nil, []string{"HEADER 1  [{isn TestService}]", "DATA 1 00 []", "TRAILER 1  []"}},
		{"an empty body", stream.Bidi, nil, nil, []string{""}, []string{"HEADER 1  [{isn TestService}]", "DATA 1 00 []", "TRAILER 1  []"}},
		{"beside the messages", stream.Client, func(o *setup) {
			o.Transient.Add("T_k", "tv")
			o.Persistent.Add("PK", "pv")
			o.ToService = "dest"
		}, stream.Metadata{{Name: "x-h", Value: "1"}}, nil, []string{"HEADER 1  [{RPC_PERSIST_PK pv} {RPC_TRANSIT_T_k tv} {isn TestService} {x-h 1}]", "TRAILER 1  []"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan []string, 1)
			c := thriftClient(t, streamsTo(t, func(p *framePeer) {
				var frames []string
				for {
					f, err := p.next()
					if err != nil {
						break
					}
					frames = append(frames, describe(&f))
					if f.Type == ttheader.FrameTrailer {
						p.write(t, trailerFrame)
						break
					}
				}
				got <- frames
			}), func(o *setup) {
				if tt.change != nil {
					tt.change(o)
				}
			})
			s, err := c.Open(ctxFor(t), rpc(echoOf(tt.typ), tt.md))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(nil)
			for _, body := range tt.bodies {
				if err := s.Send(unhex(t, body)); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.CloseSend(); err != nil {
				t.Fatal(err)
			}
			if err := s.Send(nil); err != fault.ErrSendClosed {
				t.Errorf("a message after the half-close: %v", err)
			}
			if _, err := s.Recv(); err != io.EOF {
				t.Error(err)
			}
			if frames := <-got; !slices.Equal(frames, tt.want) {
				t.Errorf("got  %q\nwant %q", frames, tt.want)
			}
		})
	}
}

// TestStreamIntInfo: the integer keys of the HEADER that opens a stream.
func TestStreamIntInfo(t *testing.T) {
	t.Parallel()
	got := make(chan []byte, 1)
	c := thriftClient(t, serving(func(nc net.Conn) {
		b := make([]byte, 512)
		n, _ := nc.Read(b)
		got <- b[:n]
	}), func(o *setup) { o.ToService, o.IntInfo = "dest", map[uint16]string{14: "abc"} })
	s, err := c.Open(ctxFor(t), rpc(echoOf(stream.Bidi), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(nil)
	want := "1000 0002 00000001 000e 10 00 01 0001 0003 69736e 000b 5465737453657276696365" +
		"10 0004 0006 0004 64657374 0009 0004 4563686f 000e 0003 616263 001b 0001 32 0000"
	if b := <-got; fmt.Sprintf("%x", b[4:]) != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got  %x\nwant %s", b[4:], strings.ReplaceAll(want, " ", ""))
	}
}

// TestStreamAbandon: what the server is told when the client gives a stream up.
func TestStreamAbandon(t *testing.T) {
	t.Parallel()
	rst := func(code int32, text string) string {
		return fmt.Sprintf("RST 1 %x [{ttscp idlcall}]", exceptionOf("Echo", 1, code, text))
	}
	for _, tt := range []struct {
		name string
		half bool
		end  func(stream.Stream, context.CancelCauseFunc)
		want []string
	}{
		{"closed", false, func(s stream.Stream, _ context.CancelCauseFunc) { s.Close(nil) }, []string{rst(12007, "user canceled"), "TRAILER 1  []"}},
		{"closed after the half-close", true, func(s stream.Stream, _ context.CancelCauseFunc) { s.Close(nil) }, []string{"TRAILER 1  []", rst(12007, "user canceled")}},
		{"canceled", false, func(_ stream.Stream, cancel context.CancelCauseFunc) { cancel(errors.New("stop")) }, []string{rst(12007, "user canceled"), "TRAILER 1  []"}},
		{"deadline", false, func(_ stream.Stream, cancel context.CancelCauseFunc) { cancel(context.DeadlineExceeded) }, []string{rst(12015, "stream timeout"), "TRAILER 1  []"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan []string, 1)
			c := thriftClient(t, streamsTo(t, func(p *framePeer) {
				p.write(t, headerFrame+reAFrame)
				got <- p.all()
			}))
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			s, err := c.Open(ctx, rpc(echoOf(stream.Bidi), nil))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Recv(); err != nil {
				t.Fatal(err)
			}
			if tt.half {
				_ = s.CloseSend()
			}
			tt.end(s, cancel)
			_, err = s.Recv()
			if err == nil || err == io.EOF {
				t.Errorf("received after the end: %v", err)
			}
			s.Close(nil)
			if frames := <-got; !slices.Equal(frames[1:], tt.want) {
				t.Errorf("got  %q\nwant %q", frames[1:], tt.want)
			}
		})
	}
}

// TestStreamReuse: streams follow each other on a connection where the last one left it
// in order.
func TestStreamReuse(t *testing.T) {
	t.Parallel()
	var conns atomic.Int32
	c := thriftClient(t, streamsTo(t, func(p *framePeer) {
		conns.Add(1)
		for {
			f, err := p.next()
			if err != nil {
				return
			}
			if f.Type == ttheader.FrameTrailer {
				_, _ = p.Write(append(frameOf(t, ttheader.FrameData, f.Stream, unhex(t, "00")), frameOf(t, ttheader.FrameTrailer, f.Stream, nil)...))
			}
		}
	}))
	for range 3 {
		if replies, _, _, err := outcome(t, c, stream.Server); err != io.EOF || len(replies) != 1 {
			t.Fatal(replies, err)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestStreamEndsFirst: the server ends a stream while the client still has much to say.
func TestStreamEndsFirst(t *testing.T) {
	t.Parallel()
	last := make(chan string, 1)
	c := thriftClient(t, streamsTo(t, func(p *framePeer) {
		if _, err := p.next(); err != nil {
			return
		}
		p.write(t, headerFrame+trailerFrame)
		if all := p.all(); len(all) > 0 {
			last <- all[len(all)-1]
		}
	}))
	s, err := c.Open(ctxFor(t), rpc(echoOf(stream.Bidi), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(nil)
	if _, err := s.Recv(); err != io.EOF {
		t.Fatal(err)
	}
	if err := s.Send([]byte{0}); err != io.EOF {
		t.Errorf("a message after the end: %v", err)
	}
	if got := <-last; got != "TRAILER 1  []" {
		t.Errorf("the client's last frame: %s", got)
	}
}

// TestStreamSilence: a server that says nothing ends with an error that names the
// method, when the limit has passed since the half-close.
func TestStreamSilence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		limit   time.Duration
		after   time.Duration
		want    string
	}{
		{"limit", 0, 30 * time.Second, 31 * time.Second, "no answer within 30s: not one frame came for TestService/Echo"},
		{"deadline", time.Minute, 30 * time.Second, time.Minute, "context deadline exceeded: not one frame came for TestService/Echo"},
	} {
		synctest.Test(t, func(t *testing.T) {
			warnings := make(chan string, 9)
			c := thriftClient(t, serving(func(nc net.Conn) { newFramePeer(nc).all() }), func(o *setup) {
				o.SilentLimit, o.ConnectTimeout = tt.limit, 5*time.Second
				o.Trace = &stream.Trace{Warn: func(w string) { warnings <- w }}
			})
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if tt.timeout > 0 {
				ctx, cancel = context.WithTimeout(ctx, tt.timeout)
			}
			defer cancel()
			start := time.Now()
			s, err := c.Open(ctx, rpc(echoOf(stream.Bidi), nil))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(nil)
			if err := s.Send([]byte{0}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if err := s.CloseSend(); err != nil {
				t.Fatal(err)
			}
			_, err = s.Recv()
			took := time.Since(start)
			var silent *call.SilentError
			if !errors.As(err, &silent) || !errors.Is(err, context.DeadlineExceeded) || err.Error() != tt.want {
				t.Errorf("%s: %v", tt.name, err)
			}
			if took < tt.after || took > tt.after+time.Second {
				t.Errorf("%s: after %v", tt.name, took)
			}
			want := "nothing from peer:1 within 5s, still waiting: a Kitex server says nothing about a method that it does not have, nor before the first message of a slow one"
			if n, got := len(warnings), <-warnings; n != 1 || got != want {
				t.Errorf("%s: %d warnings, %q", tt.name, n, got)
			}
		})
	}
}

// TestStreamHeard: after the first frame nothing bounds the stream.
func TestStreamHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := thriftClient(t, serving(func(nc net.Conn) {
			p := newFramePeer(nc)
			for range 3 {
				_, _ = p.next()
			}
			p.write(t, headerFrame)
			time.Sleep(time.Hour)
			p.write(t, reAFrame+trailerFrame)
		}), func(o *setup) { o.SilentLimit = 30 * time.Second })
		replies, _, _, err := outcomeWithin(t.Context(), t, c, stream.Bidi)
		if err != io.EOF || len(replies) != 1 {
			t.Error(replies, err)
		}
	})
}

// TestStreamHeaderAfterMessages: where a message came without HEADER, there is none to
// wait for.
func TestStreamHeaderAfterMessages(t *testing.T) {
	t.Parallel()
	c := thriftClient(t, streamsTo(t, func(p *framePeer) {
		p.write(t, reAFrame+reAFrame)
		p.all()
	}))
	s, err := c.Open(ctxFor(t), rpc(echoOf(stream.Bidi), nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(nil)
	body, err := s.Recv()
	if err != nil {
		t.Fatal(err)
	}
	first := &body[0]
	if md, err := s.Header(); len(md) > 0 || err != nil {
		t.Error(md, err)
	}
	if next, err := s.Recv(); err != nil || &next[0] == first {
		t.Errorf("the header took a message: %v", err)
	}
}
