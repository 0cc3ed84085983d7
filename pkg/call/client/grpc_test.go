package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

func TestUnary(t *testing.T) {
	t.Parallel()
	c := newClient(t, startH2C(t, grpcHandler(echo)))
	for range 3 {
		got, _, err := do(t.Context(), c, stream.Unary, nil, []byte("hello"))
		if err != nil || len(got) != 1 || string(got[0]) != "hello" {
			t.Fatalf("got %q, %v", got, err)
		}
	}
}

func TestBigMessages(t *testing.T) {
	t.Parallel()
	c := newClient(t, startH2C(t, grpcHandler(echo)))
	big := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	for _, kind := range []stream.Type{stream.Unary, stream.Bidi} {
		got, _, err := do(t.Context(), c, kind, nil, big)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0], big) {
			t.Fatalf("%v: got %d messages, %v", kind, len(got), err)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	c := newClient(t, startH2C(t, grpcHandler(func(*http.Request, func() ([]byte, error), func([]byte)) *stream.Status {
		return &stream.Status{Code: 5, Message: "no%20such thing"}
	})))
	_, s, err := do(t.Context(), c, stream.Unary, nil, nil)
	var status *stream.Status
	if !errors.As(err, &status) || status.Code != 5 || status.Message != "no such thing" {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Recv(); !errors.As(err, &status) {
		t.Errorf("the error of Recv does not stay: %v", err)
	}
}

func TestBidiLockstep(t *testing.T) {
	t.Parallel()
	s := open(t, newClient(t, startH2C(t, grpcHandler(echo))), stream.Bidi)
	for i := range 100 {
		want := fmt.Sprint("message ", i)
		if err := s.Send([]byte(want)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Recv()
		if err != nil || string(got) != want {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); err != io.EOF {
		t.Fatalf("got %v, want io.EOF", err)
	}
}

func TestConcurrentStreams(t *testing.T) {
	t.Parallel()
	c := newClient(t, startH2C(t, grpcHandler(echo)))
	var wg sync.WaitGroup
	for i := range 400 {
		wg.Go(func() {
			want := bytes.Repeat([]byte{byte(i)}, i*100)
			got, _, err := do(t.Context(), c, stream.Unary, nil, want)
			if err != nil || len(got) != 1 || !bytes.Equal(got[0], want) {
				t.Errorf("call %d: %d messages, %v", i, len(got), err)
			}
		})
	}
	wg.Wait()
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	c := newClient(t, startH2C(t, grpcHandler(func(r *http.Request, _ func() ([]byte, error), _ func([]byte)) *stream.Status {
		<-r.Context().Done()
		close(gone)
		return nil
	})))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := do(ctx, c, stream.Unary, nil, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	<-gone // the server saw RST_STREAM
}
