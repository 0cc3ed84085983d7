package record

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/idlcall/idlcall/pkg/internal/wholefile"
	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Recorder has the server of a session answer.
type Recorder struct {
	session *session.Session
	header  stream.Metadata // of every call, beside what a client sends

	mu    sync.Mutex
	calls []*exchange
	size  int  // of the file, about
	full  bool // there was a call for which the file has no more room
	// changed: there is something that Save has not written; told: it has said ErrFull.
	changed, told bool
}

// exchange is what one RPC was, or several that were the same.
type exchange struct {
	method string
	typ    stream.Type
	turns  []turn // a request, and the replies before the next one
	end    error  // nil where it ended well
	times  int

	header, trailer stream.Metadata // of the answer
}

type turn struct {
	request []byte // nil before the first request
	replies [][]byte
}

// New returns a Recorder without anything in it. The server behind gets header with every
// call, beside what a client sends.
func New(s *session.Session, header stream.Metadata) *Recorder {
	return &Recorder{session: s, header: header, changed: true}
}

// Answer has the server answer an RPC, and keeps what it was.
func (r *Recorder) Answer(ctx context.Context, c *skeleton.Call) error {
	x := &exchange{method: c.Method.FullName(), typ: c.Method.Type, times: 1}
	var mu sync.Mutex
	err := forward(ctx, r.session, r.header, c, &notes{
		message: func(isReply bool, text []byte) {
			mu.Lock()
			defer mu.Unlock()
			x.note(isReply, yamldoc.AppendPrintable(nil, text))
		},
		header: func(md stream.Metadata) { x.header = md }, trailer: func(md stream.Metadata) { x.trailer = md },
	})
	mu.Lock()
	defer mu.Unlock()
	x.end = err
	if ctx.Err() == nil && isAnswer(err) {
		r.add(x)
	}
	return err
}

// isAnswer reports whether the server itself ended an RPC so.
func isAnswer(err error) bool {
	if errors.Is(err, serve.ErrDrop) {
		return false
	}
	switch stream.OutcomeOf(err).Kind {
	case stream.KindOK, stream.KindStatus, stream.KindApplication, stream.KindDeclared, stream.KindBiz:
		return true
	}
	return false
}

func (x *exchange) note(isReply bool, text []byte) {
	if !isReply {
		x.turns = append(x.turns, turn{request: text})
		return
	}
	if len(x.turns) == 0 {
		x.turns = []turn{{}}
	}
	last := &x.turns[len(x.turns)-1]
	last.replies = append(last.replies, text)
}

// add keeps an exchange. One like the last one with the same requests is counted only.
func (r *Recorder) add(x *exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, known := range slices.Backward(r.calls) {
		if !known.asks(x) {
			continue
		}
		if known.answers(x) {
			known.times++
			r.changed = true
			return
		}
		break
	}
	const header = 64 // of the file, and the count of a rule
	size := len(x.append(nil, true, r.session.Schema().Types()))
	if r.size+size+header > yamldoc.MaxSize {
		r.full = true
		return
	}
	r.size += size
	r.changed = true
	r.calls = append(r.calls, x)
}

// asks reports whether two exchanges are the same to a rule: they have the same method and the
// same first request.
func (x *exchange) asks(y *exchange) bool {
	return x.method == y.method && bytes.Equal(x.first(), y.first())
}

func (x *exchange) first() []byte {
	if len(x.turns) == 0 {
		return nil
	}
	return x.turns[0].request
}

// answers reports whether two exchanges that ask the same are answered alike.
func (x *exchange) answers(y *exchange) bool {
	a, b := stream.OutcomeOf(x.end), stream.OutcomeOf(y.end)
	if a.Kind != b.Kind || a.Code != b.Code || a.Name != b.Name || a.Message != b.Message {
		return false
	}
	return slices.EqualFunc(x.turns, y.turns, func(a, b turn) bool {
		return bytes.Equal(a.request, b.request) && slices.EqualFunc(a.replies, b.replies, bytes.Equal)
	})
}

// Save writes the script to a file where something has been recorded since it was last
// called. ErrFull, once, says that there was a call for which the file has no more room.
func (r *Recorder) Save(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed {
		if err := wholefile.Write(name, r.script()); err != nil {
			return err
		}
		r.changed = false
	}
	if r.full && !r.told {
		r.told = true
		return ErrFull
	}
	return nil
}

// ErrFull says that a script cannot be larger: what comes now is not recorded.
var ErrFull = errors.New("the script has no more room: what comes now is not in it")
