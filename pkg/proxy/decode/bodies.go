package decode

import (
	"errors"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// known is a method with its IDL.
type known struct {
	method   stream.Method
	found    *session.Method
	programs [2]*format.Program // of what each side sends
}

// detailed is a status with its details made readable.
func (k *known) detailed(s *stream.Status) error { return k.found.Detailed(s) }

// library has the methods that were asked for.
type library struct {
	find   func(m *stream.Method) (*session.Method, error)
	format format.Options

	mu    sync.Mutex
	asked map[asked]*entry

	search sync.Mutex // find is called by one goroutine at a time
	down   error      // why it failed the last time, if it was not for the method
	until  time.Time  // it is not asked again before
}

// downTime is how long IDL is not asked for after it could not be asked: each question may
// last until its time is up, while messages wait.
const downTime = 5 * time.Second

// asked is what decides how bodies are read.
type asked struct {
	service, name string
	lang          stream.Lang
	protocol      stream.Protocol
}

// entry is what came of a question.
type entry struct {
	once  sync.Once
	known *known
	err   error
}

// maxMethods bounds the table: a client can ask for methods that there are not.
const maxMethods = 4096

// ErrNoIDL is why messages are not decoded where there is nothing to decode them by.
var ErrNoIDL = errors.New("no IDL")

// get finds a method; the first time that may take a while.
func (l *library) get(m stream.Method) (*known, error) {
	if l.find == nil {
		return nil, ErrNoIDL
	}
	key := asked{m.Service, m.Name, m.Lang, m.Protocol}
	l.mu.Lock()
	e := l.asked[key]
	if e == nil {
		e = &entry{}
		if l.asked == nil || len(l.asked) >= maxMethods {
			l.asked = map[asked]*entry{}
		}
		l.asked[key] = e
	}
	l.mu.Unlock()
	e.once.Do(func() { e.known, e.err = l.look(m) })
	if e.err != nil && !isFinal(e.err) {
		l.mu.Lock()
		if l.asked[key] == e {
			delete(l.asked, key)
		}
		l.mu.Unlock()
	}
	return e.known, e.err
}

// isFinal reports whether it is the IDL that does not have what was asked for. All else may
// change: the server may not be there yet.
func isFinal(err error) bool { return stream.OutcomeOf(err).Kind == stream.KindIDL }

// look asks the IDL, and prepares what each side sends.
func (l *library) look(m stream.Method) (*known, error) {
	l.search.Lock()
	defer l.search.Unlock()
	if l.down != nil && time.Now().Before(l.until) {
		return nil, l.down
	}
	found, err := l.find(&m)
	l.down = nil
	switch {
	case err != nil:
		if !isFinal(err) {
			l.down, l.until = err, time.Now().Add(downTime)
		}
		return nil, err
	case found.Lang != m.Lang:
		return nil, &LanguageError{found.FullName()}
	}
	reply := *found.Method
	reply.Protocol = m.Protocol
	request := idl.Method{Method: reply.Method, Input: reply.Output, Output: reply.Input}
	k := &known{method: reply.Method, found: found}
	if k.programs[proxy.Server], err = format.Compile(&reply, l.format); err != nil {
		return nil, err
	}
	k.programs[proxy.Client], err = format.Compile(&request, l.format)
	return k, err
}
