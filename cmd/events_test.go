package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// ticking are the values of events that no two runs have in common.
var ticking = regexp.MustCompile(`"(ms|tookMs)":[0-9.]+`)

// still replaces them.
func still(events string) string { return ticking.ReplaceAllString(events, `"$1":0`) }

func TestEvents(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e, err := newEvents("-", streams{err: &out}, false)
	if err != nil {
		t.Fatal(err)
	}
	trace := e.trace()
	trace.Dialed("tcp", "h:1", time.Millisecond, errors.New("refused"))
	trace.Start("S/M", stream.Bidi)
	trace.Dialed("tcp", "h:2", time.Millisecond, nil)
	trace.Secured(stream.TLSInfo{Version: "TLS 1.3", CipherSuite: "C", ALPN: "h2", ServerName: "h"}, time.Millisecond)
	trace.SentHeader(stream.Metadata{{Name: "b", Value: "<1>"}, {Name: "a", Value: "2"}, {Name: "b", Value: "3"}})
	trace.Sent(10, 15)
	trace.Sent(1, 6)
	trace.HalfClosed()
	trace.FirstByte()
	trace.GotHeader(nil)
	trace.Received(7, 12)
	trace.Warning(`odd "thing"`)
	trace.GotTrailer(stream.Metadata{{Name: "grpc-status", Value: "5"}})
	trace.Finish(&stream.Status{Code: 5, Message: "gone"})
	trace.Start("S/M", stream.Bidi)
	trace.Sent(1, 6)
	trace.Finish(nil)
	e.close(errors.New("not an RPC"))
	e.close(nil)
	const want = `{"event":"dial","call":0,"ms":0,"network":"tcp","address":"h:1","tookMs":0,"error":"refused"}
{"event":"start","call":1,"ms":0,"method":"S/M","type":"bidi streaming"}
{"event":"dial","call":1,"ms":0,"network":"tcp","address":"h:2","tookMs":0}
{"event":"tls","call":1,"ms":0,"version":"TLS 1.3","cipher":"C","alpn":"h2","serverName":"h","verified":false,"tookMs":0}
{"event":"requestHeader","call":1,"ms":0,"metadata":{"a":["2"],"b":["<1>","3"]}}
{"event":"sent","call":1,"ms":0,"n":1,"bytes":10,"wireBytes":15}
{"event":"sent","call":1,"ms":0,"n":2,"bytes":1,"wireBytes":6}
{"event":"halfClose","call":1,"ms":0}
{"event":"firstByte","call":1,"ms":0}
{"event":"responseHeader","call":1,"ms":0,"metadata":{}}
{"event":"received","call":1,"ms":0,"n":1,"bytes":7,"wireBytes":12}
{"event":"warning","call":1,"ms":0,"message":"odd \"thing\""}
{"event":"trailer","call":1,"ms":0,"metadata":{"grpc-status":["5"]}}
{"event":"finish","call":1,"ms":0,"exitCode":69,"error":"status 5 NOT_FOUND: gone","sent":2,"sentBytes":11,"sentWireBytes":21,"received":1,"receivedBytes":7,"receivedWireBytes":12,"tookMs":0}
{"event":"start","call":2,"ms":0,"method":"S/M","type":"bidi streaming"}
{"event":"sent","call":2,"ms":0,"n":1,"bytes":1,"wireBytes":6}
{"event":"finish","call":2,"ms":0,"exitCode":0,"sent":1,"sentBytes":1,"sentWireBytes":6,"received":0,"receivedBytes":0,"receivedWireBytes":0,"tookMs":0}
{"event":"error","call":2,"ms":0,"exitCode":1,"error":"not an RPC"}
`
	if got := still(out.String()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestEventsLookups: what reflection does in the middle of a call is not counted
// with it.
func TestEventsLookups(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e, _ := newEvents("-", streams{err: &out}, false)
	trace := e.trace()
	trace.Start("S/M", stream.Unary)
	e.lookups().Sent(3, 8)
	trace.Sent(1, 6)
	trace.Finish(nil)
	if got := out.String(); !strings.Contains(got, `"call":0,`) || !strings.Contains(got, `"sent":1,"sentBytes":1,`) {
		t.Error(got)
	}
}

// TestEventsAreWrittenSoon: a line does not wait for the next.
func TestEventsAreWrittenSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		e, _ := newEvents("-", streams{err: &out}, false)
		trace := e.trace()
		for n := range 3 {
			trace.Sent(1, 6)
			time.Sleep(eventsDelay + time.Millisecond)
			synctest.Wait()
			if got := strings.Count(out.String(), "\n"); got != n+1 {
				t.Errorf("%d lines were written, want %d", got, n+1)
			}
		}
	})
}

// TestEventsConcurrently: lines stay whole, and each message has its number.
func TestEventsConcurrently(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e, _ := newEvents("-", streams{err: &out}, false)
	trace := e.trace()
	trace.Start("S/M", stream.Bidi)
	const each = 1000
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range each {
				trace.Sent(1, 6)
				trace.Warning("w")
				e.flush()
			}
		})
	}
	group.Wait()
	trace.Finish(nil)
	e.close(nil)
	numbers := map[int]bool{}
	for line := range strings.Lines(out.String()) {
		var event struct{ N int }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		numbers[event.N] = true
	}
	if len(numbers) != 4*each+1 { // 0 is that of the other events
		t.Errorf("%d numbers", len(numbers))
	}
}

// broken fails to write.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// TestEventsThatCannotBeWritten: this is said once, and no more is tried.
func TestEventsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	e, _ := newEvents("-", streams{err: io.Discard}, false)
	e.w, e.warn = broken{}, warner(&stderr)
	trace := e.trace()
	for range 3 {
		trace.Start("S/M", stream.Unary)
		trace.Finish(nil)
	}
	e.close(nil)
	if want := fmt.Sprintf("warning: --events: %v\n", io.ErrShortWrite); stderr.String() != want {
		t.Errorf("%q, want %q", stderr.String(), want)
	}
}

// TestNoEvents: without --events there is nothing to listen to.
func TestNoEvents(t *testing.T) {
	t.Parallel()
	var e *events
	e.flush()
	e.warning("w")
	e.close(errors.New("e"))
	if e.trace() != nil || e.lookups() != nil {
		t.Error("no events listen")
	}
	if _, err := newEvents(filepath.Join(t.TempDir(), "no", "folder"), streams{err: io.Discard}, false); exitCode(err) != exitUsage {
		t.Error(err)
	}
}
