package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// tracer writes the events of a call as curl does: "*" for what happens, ">" for
// what we send, "<" for what the peer sends. Level 2 adds frames. Credentials are
// masked unless secrets is true.
func tracer(w io.Writer, level int, secrets bool) *stream.Trace {
	if level == 0 {
		return &stream.Trace{Warn: warner(w)}
	}
	v := &verbose{w: w, secrets: secrets}
	t := &stream.Trace{
		Started:  v.started,
		Finished: func(error) { v.finished() }, // the error itself is printed anyway
		Retried: func(attempt int, err error, delay time.Duration) {
			v.printf("* attempt %d: %v; the next in %v", attempt, err, delay.Round(time.Millisecond))
		},
		Dialed:     v.dialed,
		Secured:    v.secured,
		SentHeader: func(md stream.Metadata) { v.metadata(">", md) },
		Sent:       func(body, wire int) { v.sized(true, body, wire) },
		HalfClosed: func() { v.printf("> end of requests") },
		FirstByte:  func() { v.printf("< first byte at %v", v.since()) },
		GotHeader:  func(md stream.Metadata) { v.metadata("<", md) },
		Received:   func(body, wire int) { v.sized(false, body, wire) },
		GotTrailer: func(md stream.Metadata) { v.metadata("<", md) },
		Warn:       warner(w),
	}
	if level > 1 {
		t.Frame = v.frame
	}
	return t
}

type verbose struct {
	mu      sync.Mutex
	w       io.Writer
	secrets bool
	start   time.Time // of the RPC, or of the first request where none was announced
	tally   tally
}

// printf writes one line.
func (v *verbose) printf(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	fmt.Fprintln(v.w, visible(fmt.Sprintf(format, args...)))
}

func (v *verbose) started(string, stream.Type) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.start, v.tally = time.Now(), tally{}
}

func (v *verbose) finished() {
	v.mu.Lock()
	sent, received := v.tally.sent, v.tally.received
	v.mu.Unlock()
	v.printf("* sent %v, received %v, finished in %v", sent, received, v.since())
}

// since is the time since the RPC began.
func (v *verbose) since() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return time.Since(v.start).Round(10 * time.Microsecond)
}

func (v *verbose) dialed(network, address string, took time.Duration, err error) {
	if err != nil {
		v.printf("* dial %s %s: %v", network, address, err)
		return
	}
	v.printf("* connected to %s %s in %v", network, address, took.Round(10*time.Microsecond))
}

func (v *verbose) secured(info stream.TLSInfo, took time.Duration) {
	v.printf("* %s, %s, ALPN %q in %v", info.Version, info.CipherSuite, info.ALPN, took.Round(10*time.Microsecond))
	v.printf("* certificate of %s, issued by %s, expires %s", info.Subject, info.Issuer, info.NotAfter.UTC().Format(time.RFC3339))
	if !info.Verified {
		v.printf("* the certificate was not verified")
	}
}

func (v *verbose) metadata(mark string, md stream.Metadata) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if mark == ">" && v.start.IsZero() {
		v.start = time.Now()
	}
	for _, p := range maskedMetadata(md, v.secrets) {
		fmt.Fprintf(v.w, "%s %s: %s\n", mark, visible(p.Name), visible(p.Value))
	}
	fmt.Fprintln(v.w, mark)
}

func (v *verbose) sized(sent bool, body, wire int) {
	mark, what := "<", "received"
	if sent {
		mark, what = ">", "sent"
	}
	v.mu.Lock()
	v.tally.add(sent, body, wire)
	v.mu.Unlock()
	v.printf("%s %s %d bytes (%d on the wire) at %v", mark, what, body, wire, v.since())
}

func (v *verbose) frame(out bool, text string) {
	mark := "<"
	if out {
		mark = ">"
	}
	v.printf("%s%s %s", mark, mark, text)
}

// warner prints each of a codec's warnings.
func warner(w io.Writer) func(string) {
	return func(message string) { label(w, inkWarning, "warning", visible(message)) }
}
