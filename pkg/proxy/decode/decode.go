package decode

import (
	"cmp"
	"sync/atomic"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say what a Decoder knows. Emit must be set.
type Options struct {
	// Emit is told what happens, by the goroutines of all connections. It must not keep an
	// Event's bytes.
	Emit func(Event)
	// Find finds a method in IDL; it is asked once for each. Nil finds none. It may take its
	// time: the relay does not wait, though messages behind Proxy.Buffer get lost.
	Find func(m *stream.Method) (*session.Method, error)
	// Format is how values are written.
	Format format.Options
	// MaxMessage bounds the messages that are decoded, in bytes; 0 is DefaultMaxMessage.
	MaxMessage int
	// MaxBody bounds the bytes that are shown of what is not decoded; 0 is DefaultMaxBody.
	MaxBody int
}

// Defaults of Options.
const (
	DefaultMaxMessage = 4 << 20
	DefaultMaxBody    = 256
)

// maxCalls bounds the calls of a connection that are under way: more than servers allow.
const maxCalls = 10000

// Decoder makes Watchers for connections. It may be used by any number of goroutines.
type Decoder struct {
	o       Options
	library library
	conns   atomic.Int64
	calls   atomic.Int64
}

// New returns a Decoder.
func New(o Options) *Decoder {
	o.MaxMessage = cmp.Or(o.MaxMessage, DefaultMaxMessage)
	o.MaxBody = cmp.Or(o.MaxBody, DefaultMaxBody)
	return &Decoder{o: o, library: library{find: o.Find, format: o.Format}}
}

// Watch is for Proxy.Watch.
func (d *Decoder) Watch(known proxy.Conn, _ error) proxy.Watcher {
	c := &Conn{d: d, id: d.conns.Add(1), start: known.At, now: known.At}
	for i := range c.sides {
		c.sides[i].from = proxy.Side(i)
	}
	c.say(Open{known})
	return c
}
