package shell

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/shell/editor"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Options say what a shell is about.
type Options struct {
	Host     Host
	Terminal Terminal
	// Person says that somebody sits at the terminal, so that mistakes come back for editing
	// and the end of the session is no failure.
	Person bool
	// Target is what the prompt names; empty where nothing can be called.
	Target string
	// Settings hold from the beginning.
	Settings Settings
	// History has earlier lines; nil has none.
	History *editor.History
	// Out and Err are where commands write.
	Out, Err *Console
	// Begin, if set, is called before an input is looked at.
	Begin func()
}

// Shell is one session. It is for one goroutine.
type Shell struct {
	Options

	settings  Settings
	names     names
	palette   format.Palette  // of requests that are typed
	last      json.RawMessage // the last reply; nil before the first
	line      string          // the last line that was a call
	calls     []*Call
	timing    bool
	text      string // for editing, before the next line
	answered  string // the line with the request that was asked for
	interrupt bool   // Ctrl-C came at an empty prompt
	failed    error  // the first failure
	quit      bool
}

// New makes a Shell.
func New(o Options) *Shell {
	s := &Shell{Options: o, settings: o.Settings}
	s.names.shell = s
	s.palette = o.Host.Style(s.settings).Palette
	return s
}

// Run reads lines and does what they say, until the input ends, the user leaves, or Out cannot be
// written. Of a session without a person the error is the first failure of a line; it has been
// told.
func (s *Shell) Run(ctx context.Context) error {
	if s.Person {
		s.greet(ctx)
	}
	for !s.quit && ctx.Err() == nil {
		text, err := s.Terminal.Read(s.question())
		s.text = ""
		switch {
		case err == io.EOF:
			return s.result()
		case errors.Is(err, editor.ErrInterrupted):
			s.interrupted(text)
			continue
		case err != nil:
			return err
		}
		s.interrupt = false
		if s.Begin != nil {
			s.Begin()
		}
		if err := s.one(ctx, text); err != nil && s.failed == nil {
			s.failed = err
		}
		_ = s.Out.Flush()
		if s.Out.Failed() != nil {
			break // nobody reads replies any more
		}
	}
	return s.result()
}

// greet says where the user is and what to do, and finds out at once whether the IDL is there.
func (s *Shell) greet(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, greetTime)
	defer cancel()
	services, err := s.names.list(ctx)
	what := "Tab shows what may follow, :help what there is"
	switch {
	case err != nil:
		s.Host.Report(err)
	case len(services) == 1:
		what = "1 service; " + what
	default:
		what = fmt.Sprintf("%d services; %s", len(services), what)
	}
	s.note(what)
}

// greetTime bounds how long the first prompt waits for a server.
const greetTime = 5 * time.Second

func (s *Shell) result() error {
	if s.Person {
		return nil
	}
	return s.failed
}

// interrupted is Ctrl-C at the prompt: it drops what is typed, and of an empty line the second
// one leaves.
func (s *Shell) interrupted(text string) {
	switch {
	case text != "":
		s.interrupt = false
	case s.interrupt:
		s.quit = true
	default:
		s.interrupt = true
		s.note("Ctrl-C again leaves, as do :quit and Ctrl-D")
	}
}

// question is the prompt of lines.
func (s *Shell) question() editor.Question {
	return editor.Question{
		Prompt: s.prompt,
		Text:   s.text,
		Done: func(text string) bool {
			_, err := Parse(text, s.takesValue)
			return !isOpen(err)
		},
		Complete:  s.complete,
		Highlight: s.highlight,
		Hint:      s.hint,
		History:   s.History,
	}
}

// prompt names the target, and the service that is in use.
func (s *Shell) prompt() string {
	name := s.Target
	if name == "" {
		name = "offline"
	}
	if service := s.settings.Last("service"); service != "" {
		name += " " + lastPart(service)
	}
	return name + "> "
}

// isOpen reports whether a mistake is one that an input may mend that goes on.
func isOpen(err error) bool {
	fault, ok := errors.AsType[*SyntaxError](err)
	return ok && fault.Open
}

// one does what a line says. The error has been told.
func (s *Shell) one(ctx context.Context, text string) error {
	if strings.TrimSpace(text) == "" || strings.HasPrefix(strings.TrimSpace(text), "#") {
		return nil
	}
	line, err := Parse(strings.TrimRight(text, " \t\r\n"), s.takesValue)
	if err == nil && strings.HasPrefix(strings.TrimSpace(text), ":") {
		err = s.command(ctx, line)
	} else if err == nil {
		err = s.call(ctx, line)
		if !isMistake(err) {
			s.line = text
		}
	}
	var told *toldError
	if err != nil && !errors.As(err, &told) {
		s.Host.Report(err)
	}
	if err != nil && s.Person && isMistake(err) && s.text == "" {
		s.text = cmp.Or(s.answered, text)
	}
	s.answered = ""
	return err
}

// isMistake reports whether an error is about the line: nothing has been sent.
func isMistake(err error) bool {
	switch stream.OutcomeOf(err).Kind {
	case stream.KindUsage, stream.KindData, stream.KindIDL:
		return true
	}
	return false
}

// toldError is an error of which the user knows.
type toldError struct{ err error }

func (e *toldError) Error() string { return e.err.Error() }
func (e *toldError) Unwrap() error { return e.err }

// run runs a command of the host, with the settings.
func (s *Shell) run(ctx context.Context, command string, args []string, c *Control) error {
	if err := s.Host.Run(ctx, command, s.settings, args, c); err != nil {
		return &toldError{err}
	}
	return nil
}

// note tells something that is no reply.
func (s *Shell) note(text string) { _, _ = io.WriteString(s.Err, "* "+text+"\n") }
