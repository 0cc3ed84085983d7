package run

import (
	"context"
	"sync"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Layers are the settings of a step, from what holds for all steps of a suite to what
// holds for this one. Variables are replaced.
type Layers struct {
	Suite, Row, Step []yamldoc.Setting
	Dir              string // from which they name files
}

// Way is how a call gets to its server, as settings say.
type Way struct {
	// Key tells sessions apart: two Ways with the same Key share one.
	Key  string
	Open func(context.Context) (*session.Session, error)
	// Header and Pump are of the call alone. A nil Header is an empty one.
	Header func(context.Context) (stream.Metadata, error)
	Pump   stream.Pump
	// Secrets, if set, are the credentials in a header, which failures do not show.
	Secrets func(stream.Metadata) []string
	// MaxSize bounds a document and a file, in bytes.
	MaxSize int
	// Explain is an error as text: a line, and further ones with what may help.
	Explain func(error) []string
}

// sessions are those that steps share. Each is opened when a step first needs it.
type sessions struct {
	ctx context.Context //nolint:containedctx // of all of them: they outlive the steps

	mu   sync.Mutex
	open map[string]*opening
}

// opening is a session that is there once done is closed.
type opening struct {
	done    chan struct{}
	session *session.Session
	err     error
}

// get waits for the session of a way. One that cannot be opened is tried again by the next
// step.
func (s *sessions) get(ctx context.Context, w *Way) (*session.Session, error) {
	s.mu.Lock()
	o := s.open[w.Key]
	if o == nil {
		o = &opening{done: make(chan struct{})}
		s.open[w.Key] = o
		go s.begin(o, w)
	}
	s.mu.Unlock()
	select {
	case <-o.done:
		return o.session, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *sessions) begin(o *opening, w *Way) {
	o.session, o.err = w.Open(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.err != nil && s.open[w.Key] == o {
		delete(s.open, w.Key)
	}
	close(o.done)
	if s.ctx.Err() != nil && o.session != nil {
		_ = o.session.Close()
	}
}

// close ends all sessions. Those that are still being opened close themselves.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.open {
		select {
		case <-o.done:
			_ = o.session.Close()
		default:
		}
	}
}
