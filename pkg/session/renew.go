package session

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/stream"
)

// remember completes what the options say of the cache.
func (s *Session) remember(o *ReflectOptions) {
	o.Server = ""
	switch {
	case o.Cache == nil || o.MaxAge < 0:
		return
	case o.MaxAge == 0 && s.isHere():
		return // it is asked always, and changes often
	}
	if o.Refresh {
		o.MaxAge = 0
	}
	o.Server = s.identity()
}

// identity is all that may change what a server says, but for the metadata.
func (s *Session) identity() string {
	o := &s.options.Call
	parts := []string{
		o.Transport.String(), o.Authority, o.Proxy, strconv.FormatBool(o.HTTP2),
		strconv.FormatBool(o.TLS.Enabled), strconv.FormatBool(o.TLS.Insecure), o.TLS.ServerName, o.TLS.CACert, o.TLS.Cert, o.TLS.Key,
	}
	for _, t := range o.Targets {
		parts = append(parts, t.Text)
	}
	return strings.Join(parts, "\x00")
}

// isHere reports whether a server is on this machine, as far as its name tells.
func (s *Session) isHere() bool {
	if s.demo != nil {
		return true
	}
	for _, t := range s.options.Call.Targets {
		host, _, err := net.SplitHostPort(t.Address)
		if t.Network == "unix" || err != nil || host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
			return true
		}
		if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
			return true
		}
	}
	return false
}

// fromCache reports whether IDL of the session came from the cache.
func (s *Session) fromCache() bool {
	if s.server == nil {
		return false
	}
	_, used := s.server.Age()
	return used
}

// doubt says that an RPC has ended as one with IDL that is out of date does: the server
// does not have the method, or cannot read the message (gRPC has INTERNAL for that), or
// answers with another number of messages. To make it again would be a second call.
func (s *Session) doubt(err error) {
	if !s.fromCache() {
		return
	}
	status, isStatus := errors.AsType[*stream.Status](err)
	if isStatus && (status.Code == stream.Unimplemented || status.Code == stream.Internal) ||
		is[*stream.CardinalityError](err) || is[*format.DecodeError](err) {
		s.server.Doubt()
	}
}

// renewTime bounds the asking of the server in the middle of an RPC.
const renewTime = 10 * time.Second

// Renewed is the method as the server has it now, where its IDL came from the cache and
// does not fit; the server is asked once. It is nil where there is nothing newer: the IDL
// is not from the cache, or the server does not have the method any more, or cannot be
// asked.
func (m *Method) Renewed() *Method {
	if m.anew == nil {
		return nil
	}
	return m.anew()
}

// renew asks the server for the method.
func (m *Method) renew() *Method {
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	if !m.session.server.Renew() {
		return nil
	}
	found, err := m.session.schema.Method(ctx, m.FullName())
	if err != nil {
		return nil
	}
	return m.session.Bind(found)
}

// renewing is the codec of a method whose IDL came from the cache, until a message does
// not fit.
type renewing struct {
	m       *Method
	old     format.Codec
	skipped []func() // of the last reply: what Options.Skipped is to be told

	// One direction may ask while the other one maps a message.
	once  sync.Once
	fresh atomic.Pointer[format.Codec] // nil as long as the IDL fits, or where there is none newer
}

// newRenewing is a codec with a program of its own: it has to know whose fields were
// skipped.
func newRenewing(m *Method) (format.Codec, error) {
	if !m.session.fromCache() { // another codec has found that it does not fit
		if fresh := m.Renewed(); fresh != nil && fresh.Type == m.Type {
			return fresh.program()
		}
	}
	r := &renewing{m: m}
	o := m.session.options.Format
	tell := o.Skipped
	o.Skipped = func(name string, unknown, mistyped int) {
		r.skipped = append(r.skipped, func() {
			if tell != nil {
				tell(name, unknown, mistyped)
			}
		})
	}
	program, err := format.Compile(m.Method, o)
	if err != nil {
		return nil, err
	}
	r.old = program.Codec()
	return r, nil
}

// renew is the codec of what the server has now; nil says that there is nothing better
// than what there is. A method of another type is none that this RPC can be of.
func (r *renewing) renew() format.Codec {
	r.once.Do(func() {
		fresh := r.m.Renewed()
		if fresh == nil || fresh.Type != r.m.Type {
			return
		}
		if codec, err := fresh.program(); err == nil {
			r.fresh.Store(&codec)
		}
	})
	return r.now()
}

// now is the renewed codec, if there is one.
func (r *renewing) now() format.Codec {
	if fresh := r.fresh.Load(); fresh != nil {
		return *fresh
	}
	return nil
}

// Encode is that of format.Codec.
func (r *renewing) Encode(dst, json []byte) ([]byte, error) {
	if fresh := r.now(); fresh != nil {
		return fresh.Encode(dst, json)
	}
	body, err := r.old.Encode(dst, json)
	if !is[*format.ValueError](err) {
		return body, err
	}
	if fresh := r.renew(); fresh != nil {
		return fresh.Encode(dst, json)
	}
	return body, err
}

// Decode is that of format.Codec.
func (r *renewing) Decode(dst, body []byte) ([]byte, error) {
	return r.decode(func(c format.Codec) ([]byte, error) { return c.Decode(dst, body) }, new(bool))
}

// Stream is that of format.Codec. What has been given away stays as it is.
func (r *renewing) Stream(dst, body []byte, take func([]byte) error) ([]byte, error) {
	given := false
	giving := func(text []byte) error {
		given = true
		return take(text)
	}
	return r.decode(func(c format.Codec) ([]byte, error) { return c.Stream(dst, body, giving) }, &given)
}

// decode decodes, and once more if the first result does not fit and has not been given
// away.
func (r *renewing) decode(with func(format.Codec) ([]byte, error), given *bool) ([]byte, error) {
	if fresh := r.now(); fresh != nil {
		return with(fresh)
	}
	r.skipped = r.skipped[:0]
	text, err := with(r.old)
	if len(r.skipped) == 0 && !is[*format.DecodeError](err) {
		return text, err
	}
	if !*given {
		if fresh := r.renew(); fresh != nil {
			return with(fresh)
		}
	}
	r.m.session.server.Doubt()
	for _, tell := range r.skipped {
		tell()
	}
	return text, err
}
