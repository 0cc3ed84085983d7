package session

import (
	"context"
	"sync"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Method is a method that can be called.
type Method struct {
	*idl.Method

	session *Session
	compile func() (*format.Program, error)
	anew    func() *Method // asks the server again, once; nil where nothing came from the cache
}

// Method finds "pkg.Service/Method", "Service/Method" or a bare "Method", once for
// each name. What is wrong with the IDL is an error of stream.KindIDL.
func (s *Session) Method(ctx context.Context, name string) (*Method, error) {
	s.mu.Lock()
	m := s.methods[name]
	s.mu.Unlock()
	if m != nil {
		return m, nil
	}
	if s.schema == nil {
		return nil, &UsageError{"the session has no IDL"}
	}
	found, err := s.lookup(ctx, name)
	if err != nil {
		return nil, Looking(ctx, "method "+name, err)
	}
	m = s.Bind(found)
	if s.fromCache() {
		m.anew = sync.OnceValue(m.renew)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.methods[name]; first != nil {
		return first, nil
	}
	s.methods[name] = m
	return m, nil
}

// lookup finds a method, for which a server may have to be asked again that is not ready.
// Connecting to it is tried again elsewhere.
func (s *Session) lookup(ctx context.Context, name string) (found *idl.Method, err error) {
	retry := s.options.Retry
	retry.Wait = 0
	var t *stream.Trace
	if s.options.Reflect != nil {
		t = s.options.Reflect.Trace
	}
	err = retry.run(ctx, t, func() (err error) {
		found, err = s.schema.Method(ctx, name)
		return err
	}, func() bool { return isUnavailable(err) })
	return found, err
}

// Bind makes a method of IDL, or one that is not in any, a method of the Session.
func (s *Session) Bind(found *idl.Method) *Method {
	of := *found
	of.Protocol = s.options.Protocol
	m := &Method{Method: &of, session: s}
	m.compile = sync.OnceValues(func() (*format.Program, error) { return format.Compile(&of, s.options.Format) })
	return m
}

// Codec maps the messages of the method. It is for one RPC at a time, and cheap to
// make after the first. Where the IDL came from the cache and a message does not fit, it
// asks the server and maps that message, and those that follow, as the server has them.
func (m *Method) Codec() (format.Codec, error) {
	if m.anew != nil {
		return newRenewing(m)
	}
	return m.program()
}

// program is a codec of the IDL as it was found.
func (m *Method) program() (format.Codec, error) {
	program, err := m.compile()
	if err != nil {
		return nil, err
	}
	return program.Codec(), nil
}

// RPC is a call of the method as the options of the Session have it.
func (m *Method) RPC() stream.Call {
	rpc := m.session.options.Common
	rpc.Method = m.Method.Method
	return rpc
}

// Prepare refuses what the transport of a call has no place for; it does not connect.
func (m *Method) Prepare(rpc stream.Call) error {
	if m.session.client == nil {
		return errNoTarget
	}
	return m.session.client.Prepare(rpc)
}

// Preconnect connects ahead of calls, so that their time has none of that: once, or n times where calls
// at a time have a connection each. A connection that is there already is not made again. atOnce is how
// many calls the peer takes at once on a connection that they share; 0 is any number.
func (m *Method) Preconnect(ctx context.Context, rpc stream.Call, n int) (atOnce int, err error) {
	if m.session.client == nil {
		return 0, errNoTarget
	}
	atOnce, err = m.session.client.Preconnect(ctx, rpc, n)
	if err != nil {
		err = &CallError{m.session.Transport(&rpc.Method), err}
	}
	return atOnce, err
}

// Exchange moves the encoded bodies of one RPC.
type Exchange struct {
	stream.Pump

	Next stream.Next
	Emit stream.Emit
	// Opened, if set, is given the stream when there is one.
	Opened func(stream.Stream)
	// Ended, if set, is given the error of the RPC, nil where it went well, and
	// returns the one that is told in its place.
	Ended func(error) error
}

// Run makes one RPC and tells its Trace when it begins and ends. stream.OutcomeOf
// classifies the error. All that is not the caller's own is a *CallError.
func (m *Method) Run(ctx context.Context, rpc stream.Call, x Exchange) error {
	rpc.Trace.Start(rpc.Method.FullName(), rpc.Method.Type)
	err := m.run(ctx, rpc, x)
	if err != nil {
		m.session.doubt(err)
		err = &CallError{m.session.Transport(&rpc.Method), err}
	}
	rpc.Trace.Finish(err)
	return err
}

func (m *Method) run(ctx context.Context, rpc stream.Call, x Exchange) error {
	x.NoReply, rpc.Silence = rpc.Method.Oneway, x.RecvTimeout
	opened := false
	attempt := func() error {
		s, err := m.session.open(ctx, rpc)
		if err != nil {
			return err
		}
		opened = true
		if x.Opened != nil {
			x.Opened(s)
		}
		return x.Run(ctx, s, rpc.Method.Type, x.Next, x.Emit)
	}
	err := m.attempts(ctx, rpc, &x, attempt)
	if opened && x.Ended != nil {
		err = x.Ended(err)
	}
	return err
}

// attempts makes an attempt, or several as the Retry of the Session has it.
func (m *Method) attempts(ctx context.Context, rpc stream.Call, x *Exchange, attempt func() error) error {
	retry := m.session.options.Retry
	if retry == (Retry{}) {
		return attempt()
	}
	in := &replay{next: x.Next, fixed: !rpc.Method.Type.ClientStreams()}
	emit, replied := x.Emit, false
	x.Next = in.Next
	x.Emit = func(body []byte) error {
		replied = true
		return emit(body)
	}
	return retry.run(ctx, rpc.Trace, attempt, func() bool {
		in.at = 0
		return !replied && !in.used
	})
}
