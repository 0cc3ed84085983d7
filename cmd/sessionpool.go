package cmd

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// sessionPool are the sessions that the command lines of a shell share. It may be used by any
// number of goroutines.
type sessionPool struct {
	mu       sync.Mutex
	sessions []*kept
	reloaded bool // servers are asked for their IDL, whatever the cache has
}

// kept is a session that the next command line may use.
type kept struct {
	*session.Session

	key    string
	dialed sync.Map // transports over which an answer has come
}

// maxSessions is how many are kept: a line with flags of its own makes another. What Tab knows is
// of the one that most lines have, which is not the oldest.
const maxSessions = 16

// take returns the session of a key, which open opens where there is none; again says that there
// was one before. Others are not held up while it opens, which may last.
func (p *sessionPool) take(key string, open func(k *kept, again bool) (*session.Session, error)) (*kept, error) {
	have, again := p.find(key)
	if have != nil {
		return have, nil
	}
	k := &kept{key: key}
	var err error
	if k.Session, err = open(k, again); err != nil {
		return nil, err
	}
	if have, _ := p.find(key); have != nil { // who asked at the same time was faster
		_ = k.Close()
		return have, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sessions) == maxSessions {
		_ = p.sessions[0].Close()
		p.sessions = p.sessions[1:]
	}
	p.sessions = append(p.sessions, k)
	return k, nil
}

// find is the session of a key, which is the latest now; nil where there is none. reloaded is
// that of the pool.
func (p *sessionPool) find(key string) (have *kept, reloaded bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.sessions, func(k *kept) bool { return k.key == key })
	if at >= 0 {
		have = p.sessions[at]
		p.sessions = append(slices.Delete(p.sessions, at, at+1), have)
	}
	return have, p.reloaded
}

// redialed says, once an answer comes, that there was a connection of the transport before.
func (k *kept) redialed(w io.Writer, t call.Transport) *stream.Trace {
	var anew atomic.Pointer[string]
	return &stream.Trace{
		Dialed: func(_, address string, _ time.Duration, err error) {
			if _, before := k.dialed.Load(t); err == nil && before {
				anew.Store(&address)
			}
		},
		FirstByte: func() {
			k.dialed.Store(t, true)
			if address := anew.Swap(nil); address != nil {
				fmt.Fprintf(w, "* connected anew to %s\n", visible(*address))
			}
		},
	}
}

// reload ends all sessions, so that the next line reads its IDL again.
func (p *sessionPool) reload() {
	p.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reloaded = true
}

// close ends all sessions.
func (p *sessionPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.sessions {
		_ = k.Close()
	}
	p.sessions = nil
}
