package calltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/idlcall/idlcall/pkg/stream"
)

// kindsOf: each kind of method, with as many messages as it may have.
func (tr *Transport) kindsOf(t *testing.T) {
	for _, kind := range tr.Types {
		s := tr.open(bounded(t), t, kind, echo(kind))
		texts := []string{"one", "two", "three"}
		if !kind.ClientStreams() {
			texts = texts[:1]
		}
		var sent [][]byte
		var want []string
		for _, text := range texts {
			sent = append(sent, tr.body(text))
			want = append(want, string(tr.body(text)))
		}
		if !kind.ServerStreams() {
			want = want[len(want)-1:]
		}
		if err := send(s, sent...); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		got, err := all(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", kind, got, err, want)
		}
	}
}

// bodies: empty ones and large ones, both ways.
func (tr *Transport) bodies(t *testing.T) {
	for _, kind := range tr.Types {
		for _, text := range []string{"", "x", strings.Repeat("large ", 500_000)} {
			s := tr.open(bounded(t), t, kind, echo(kind))
			body := tr.body(text)
			if err := send(s, body); err != nil {
				t.Fatalf("%s of %d bytes: %v", kind, len(body), err)
			}
			got, err := all(s)
			if err != nil || len(got) != 1 || got[0] != string(body) {
				t.Errorf("%s of %d bytes: %d replies, %v", kind, len(body), len(got), err)
			}
		}
	}
}

// metadata: what travels before and behind the messages, both ways.
func (tr *Transport) metadata(t *testing.T) {
	if !tr.Header && !tr.ReplyHeader {
		t.Skip("the transport carries none")
	}
	for _, kind := range tr.Types {
		var came stream.Metadata
		c := tr.client(t, func(ctx context.Context, p Peer) error {
			came = p.Header()
			if tr.ReplyHeader {
				if err := p.SendHeader(stream.Metadata{{Name: "reply-a", Value: "1"}}); err != nil {
					return err
				}
			}
			if tr.Trailer {
				p.SetTrailer(stream.Metadata{{Name: "trail-b", Value: "2"}})
			}
			return echo(kind)(ctx, p)
		})
		rpc := tr.rpc(kind)
		if tr.Header {
			rpc.Header = stream.Metadata{{Name: "ask-c", Value: "3"}}
		}
		s, err := c.Open(bounded(t), rpc)
		if err != nil {
			t.Fatal(err)
		}
		if err := send(s, tr.body("x")); err != nil {
			t.Fatal(err)
		}
		header, err := s.Header()
		if v, _ := header.Get("reply-a"); err != nil || tr.ReplyHeader && v != "1" {
			t.Errorf("%s: the reply's header is %v, %v", kind, header, err)
		}
		if _, err := all(s); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if v, _ := came.Get("ask-c"); tr.Header && v != "3" {
			t.Errorf("%s: the request's header is %v", kind, came)
		}
		if v, _ := s.Trailer().Get("trail-b"); tr.Trailer && v != "2" {
			t.Errorf("%s: the trailer is %v", kind, s.Trailer())
		}
	}
}

// concurrent: many calls at once have each its own reply.
func (tr *Transport) concurrent(t *testing.T) {
	for _, kind := range tr.Types {
		c := tr.client(t, echo(kind))
		var group sync.WaitGroup
		for i := range 64 {
			group.Go(func() {
				s, err := c.Open(bounded(t), tr.rpc(kind))
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close(nil)
				body := tr.body(fmt.Sprint("call ", i))
				if err := send(s, body); err != nil {
					t.Errorf("%s: %v", kind, err)
					return
				}
				if got, err := all(s); err != nil || len(got) != 1 || got[0] != string(body) {
					t.Errorf("%s, call %d: %q, %v", kind, i, got, err)
				}
			})
		}
		group.Wait()
	}
}

// trace: a call tells its own Trace of its messages, once each.
func (tr *Transport) trace(t *testing.T) {
	for _, kind := range tr.Types {
		var mu sync.Mutex
		var sent, received, answers, dials int
		count := func(n *int) func() { return func() { mu.Lock(); *n++; mu.Unlock() } }
		rpc := tr.rpc(kind)
		rpc.Trace = &stream.Trace{
			Sent: func(int, int) { count(&sent)() }, Received: func(int, int) { count(&received)() }, FirstByte: count(&answers),
		}
		c := tr.client(t, echo(kind))
		s, err := c.Open(bounded(t), rpc)
		if err != nil {
			t.Fatal(err)
		}
		if err := send(s, tr.body("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := all(s); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		_ = s.Close(nil)
		mu.Lock()
		if sent != 1 || received != 1 || answers != 1 {
			t.Errorf("%s: %d sent, %d received, %d first bytes, %d dials", kind, sent, received, answers, dials)
		}
		mu.Unlock()
	}
}
