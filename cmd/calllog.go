package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/serve/mock"
	"github.com/idlcall/idlcall/pkg/stream"
)

// callLog prints calls that have ended, a line of JSON each.
type callLog struct {
	*lineQueue

	err     io.Writer
	secrets bool
	file    *os.File // that is written to, where it has to be closed
}

// newCallLog writes to out, or to file, which may be nil. The server lives on where nobody
// reads what it says of calls.
func newCallLog(std streams, file *os.File, secrets bool) *callLog {
	l := &callLog{err: std.err, secrets: secrets, file: file}
	out := std.out
	if file != nil {
		out = file
	}
	skipped := func(lines int) []byte {
		return lineJSON(struct {
			Skipped int `json:"skipped"`
		}{lines})
	}
	l.lineQueue = newLineQueue(out, skipped, func(err error) { fmt.Fprintf(l.err, "warning: the log ends here: %v\n", err) })
	return l
}

// logLine is a line of the log.
type logLine struct {
	Time      string              `json:"time"`
	Client    string              `json:"client"`
	Transport string              `json:"transport"`
	TLS       bool                `json:"tls,omitempty"`
	Method    string              `json:"method"`
	Rule      string              `json:"rule,omitempty"`
	Header    map[string][]string `json:"header,omitempty"`
	Requests  []json.RawMessage   `json:"requests"`
	Received  int                 `json:"received,omitempty"` // where it is more than requests has
	Replies   []json.RawMessage   `json:"replies"`
	Sent      int                 `json:"sent,omitempty"`
	MS        float64             `json:"ms"`

	// How it ended, as --error-format json has it; a call that ended well has status OK.
	Status *errorStatus `json:"status,omitempty"`
	peerSaid
	Error string `json:"error,omitempty"` // whatever else
}

// call prints one.
func (l *callLog) call(e *mock.Entry) {
	line := logLine{
		Time: e.Time.UTC().Format(time.RFC3339Nano), Client: e.Peer, Transport: e.Transport, TLS: e.TLS, Method: e.Method, Rule: e.Rule,
		Header: grouped(maskedMetadata(e.Header, l.secrets)), Requests: orNone(e.Requests), Replies: orNone(e.Replies),
		MS: float64(e.Took.Microseconds()) / 1000,
	}
	line.ended(&e.Outcome)
	if e.Received > len(e.Requests) {
		line.Received = e.Received
	}
	if e.Sent > len(e.Replies) {
		line.Sent = e.Sent
	}
	l.put(lineJSON(line))
}

func (l *logLine) ended(o *stream.Outcome) {
	switch o.Kind {
	case stream.KindOK:
		l.Status = &errorStatus{Name: stream.OK.String()}
	case stream.KindStatus, stream.KindDeadline:
		l.Status = &errorStatus{o.Code, o.Name, o.Message, o.Detail}
	default:
		if l.peerSaid = saidBy(*o); l.peerSaid == (peerSaid{}) {
			l.Error = o.Err.Error()
		}
	}
}

func orNone(list []json.RawMessage) []json.RawMessage {
	if list == nil {
		return []json.RawMessage{}
	}
	return list
}

// connection tells of one that did not end well. A client may go at any time.
func (l *callLog) connection(from net.Addr, err error) {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return
	}
	fmt.Fprintf(l.err, "warning: %s: %s\n", from, visible(err.Error()))
}

func (l *callLog) close() {
	l.lineQueue.close()
	if l.file != nil {
		_ = l.file.Close()
	}
}

// isLocalOrigin reports whether an origin of the web is this machine.
func isLocalOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
