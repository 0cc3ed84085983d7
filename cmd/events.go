package cmd

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// events writes what happens to the RPCs of a command line as NDJSON, for --events.
// A nil *events takes everything and writes nothing.
//
// Each line has the number of its RPC ("call", from 1) and the milliseconds since
// that began. What comes before the first, and all that reflection does, has number
// 0.
type events struct {
	w       io.Writer
	file    io.Closer // nil where w is not ours
	warn    func(string)
	secrets bool // credentials are not masked

	mu     sync.Mutex
	buf    []byte      // whole lines that have not been written
	timer  *time.Timer // flushes; nil before the first line
	armed  bool        // timer runs
	broken bool        // writing has failed
	calls  int         // that have begun
	failed bool        // the last of them has
	// now is what the command line is about, which may be an RPC: the owner of
	// events that no Trace tells.
	now *rpcEvents
}

// rpcEvents are the events of one RPC after another, or of what is no call.
type rpcEvents struct {
	*events

	// Under mu of events.
	call  int
	start time.Time
	tally tally
}

// Lines are written when there are so many, or when one has waited so long.
const (
	eventsSize  = 32 << 10
	eventsDelay = 100 * time.Millisecond
)

// newEvents opens the file of --events, which is empty then; "-" is stderr.
// Credentials are masked unless secrets is true.
func newEvents(name string, std streams, secrets bool) (*events, error) {
	e := &events{secrets: secrets}
	e.now = e.aside()
	if name == "-" {
		e.w, e.warn = std.err, func(string) {} // who could be told?
		return e, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // headers may be secrets
	if err != nil {
		return nil, usage("--events: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		_ = f.Chmod(0o600) // it may be an older file
	}
	e.w, e.file, e.warn = std.life.watch(f), f, warner(std.err)
	return e, nil
}

// aside is the owner of what belongs to no call.
func (e *events) aside() *rpcEvents { return &rpcEvents{events: e, start: time.Now()} }

// trace listens to calls that are made one after the other.
func (e *events) trace() *stream.Trace {
	if e == nil {
		return nil
	}
	c := e.aside()
	t := c.trace()
	t.Started, t.Finished = c.started, c.finished
	return t
}

// lookups listens to reflection, which may be asked for a type in the middle of a
// call.
func (e *events) lookups() *stream.Trace {
	if e == nil {
		return nil
	}
	return e.aside().trace()
}

func (e *rpcEvents) trace() *stream.Trace {
	return &stream.Trace{
		Retried: func(attempt int, err error, delay time.Duration) {
			e.put("retry", retryEvent{attempt, err.Error(), milliseconds(delay)})
		},
		Dialed:  e.dialed,
		Secured: e.secured,
		SentHeader: func(md stream.Metadata) {
			e.put("requestHeader", metadataEvent{grouped(maskedMetadata(md, e.secrets))})
		},
		Sent:       func(body, wire int) { e.message("sent", body, wire) },
		HalfClosed: func() { e.put("halfClose", nil) },
		FirstByte:  func() { e.put("firstByte", nil) },
		GotHeader: func(md stream.Metadata) {
			e.put("responseHeader", metadataEvent{grouped(maskedMetadata(md, e.secrets))})
		},
		Received:   func(body, wire int) { e.message("received", body, wire) },
		GotTrailer: func(md stream.Metadata) { e.put("trailer", metadataEvent{grouped(maskedMetadata(md, e.secrets))}) },
		Warn:       func(message string) { e.put("warning", warningEvent{message}) },
	}
}

// The details of events, in the order in which they are written.
type (
	startEvent struct {
		Method string `json:"method"`
		Type   string `json:"type"`
	}
	retryEvent struct {
		Attempt int     `json:"attempt"`
		Error   string  `json:"error"`
		Delay   float64 `json:"delayMs"`
	}
	dialEvent struct {
		Network string  `json:"network"`
		Address string  `json:"address"`
		Took    float64 `json:"tookMs"`
		Error   string  `json:"error,omitempty"`
	}
	tlsEvent struct {
		Version    string  `json:"version"`
		Cipher     string  `json:"cipher"`
		ALPN       string  `json:"alpn"`
		ServerName string  `json:"serverName"`
		Verified   bool    `json:"verified"`
		Took       float64 `json:"tookMs"`
	}
	metadataEvent struct {
		Metadata map[string][]string `json:"metadata"`
	}
	warningEvent struct {
		Message string `json:"message"`
	}
	outcomeEvent struct {
		ExitCode int    `json:"exitCode"`
		Error    string `json:"error,omitempty"`
		// GRPC is missing where the peer sent a status: ExitCode is 64 more then.
		GRPC *grpcJSON `json:"grpc,omitempty"`
	}
	finishEvent struct {
		outcomeEvent

		Sent              int     `json:"sent"`
		SentBytes         int     `json:"sentBytes"`
		SentWireBytes     int     `json:"sentWireBytes"`
		Received          int     `json:"received"`
		ReceivedBytes     int     `json:"receivedBytes"`
		ReceivedWireBytes int     `json:"receivedWireBytes"`
		Took              float64 `json:"tookMs"`
	}
)

func (e *rpcEvents) started(method string, t stream.Type) {
	e.mu.Lock()
	e.calls++
	e.call, e.start, e.tally = e.calls, time.Now(), tally{}
	e.now = e
	e.mu.Unlock()
	e.put("start", startEvent{method, t.String()})
}

func (e *rpcEvents) finished(err error) {
	e.mu.Lock()
	t, took := e.tally, time.Since(e.start)
	e.failed = err != nil
	e.mu.Unlock()
	e.put("finish", finishEvent{
		outcome(err), t.sent.n, t.sent.body, t.sent.wire, t.received.n, t.received.body, t.received.wire, milliseconds(took),
	})
	e.flush()
}

// outcome is how an error ends the program. That of a stdout which was closed on
// purpose is none.
func outcome(err error) outcomeEvent {
	o := outcomeEvent{ExitCode: exitCode(err)}
	if o.ExitCode != exitOK {
		o.Error, o.GRPC = message(err), grpcOf(err)
	}
	return o
}

func (e *rpcEvents) dialed(network, address string, took time.Duration, err error) {
	d := dialEvent{Network: network, Address: address, Took: milliseconds(took)}
	if err != nil {
		d.Error = err.Error()
	}
	e.put("dial", d)
}

func (e *rpcEvents) secured(info stream.TLSInfo, took time.Duration) {
	e.put("tls", tlsEvent{info.Version, info.CipherSuite, info.ALPN, info.ServerName, info.Verified, milliseconds(took)})
}

// owner is whose an event is that no Trace tells.
func (e *events) owner() *rpcEvents {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *events) warning(message string) {
	if e != nil {
		e.owner().put("warning", warningEvent{message})
	}
}

// message notes one message. There may be millions, so that its line is made by
// hand.
func (e *rpcEvents) message(event string, body, wire int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.tally.add(event == "sent", body, wire)
	b := e.begin(event)
	b = strconv.AppendInt(append(b, `,"n":`...), int64(n), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), int64(body), 10)
	b = strconv.AppendInt(append(b, `,"wireBytes":`...), int64(wire), 10)
	e.end(b)
}

// put notes an event. details are a struct, or nil.
func (e *rpcEvents) put(event string, details any) {
	text := lineJSON(details)
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.begin(event)
	if fields, ok := bytes.CutPrefix(text, []byte("{")); ok {
		b = append(append(b, ','), bytes.TrimSuffix(fields, []byte("}\n"))...)
	}
	e.end(b)
}

// begin appends to the buffer what every line begins with; the caller holds mu.
func (e *rpcEvents) begin(event string) []byte {
	b := append(append(e.buf, `{"event":"`...), event...)
	b = strconv.AppendInt(append(b, `","call":`...), int64(e.call), 10)
	return strconv.AppendFloat(append(b, `,"ms":`...), milliseconds(time.Since(e.start)), 'f', -1, 64)
}

// end makes b, which begin has begun, a line of the buffer, and sees to it that it
// is written soon; the caller holds mu.
func (e *events) end(b []byte) {
	e.buf = append(b, '}', '\n')
	if len(e.buf) >= eventsSize {
		e.write()
	}
	if e.armed {
		return
	}
	e.armed = true
	if e.timer == nil {
		e.timer = time.AfterFunc(eventsDelay, e.late)
	} else {
		e.timer.Reset(eventsDelay)
	}
}

// late writes lines that have waited for as long as they may.
func (e *events) late() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed = false
	e.write()
}

// flush writes the lines that have not been written.
func (e *events) flush() {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.write()
}

// write is flush for who holds mu. What cannot be written is said once; the RPC does
// not suffer from it.
func (e *events) write() {
	if len(e.buf) > 0 && !e.broken {
		if _, err := e.w.Write(e.buf); err != nil {
			e.broken = true
			e.warn(fmt.Sprintf("--events: %v", err))
		}
	}
	e.buf = e.buf[:0]
}

// close ends the events of a command line that ended with err. Where it was no RPC
// that failed, this is said too.
func (e *events) close(err error) {
	if e == nil {
		return
	}
	if err != nil && !e.failed && !is[*failedCallsError](err) {
		e.owner().put("error", outcome(err))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.write()
	e.broken = true // what comes from now on is too late
	if e.file != nil {
		_ = e.file.Close()
	}
}

// milliseconds has the digits of whole microseconds.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// grouped is metadata by name, with the values as they were on the wire.
func grouped(md stream.Metadata) map[string][]string {
	m := map[string][]string{}
	for _, p := range md {
		m[p.Name] = append(m[p.Name], p.Value)
	}
	return m
}
