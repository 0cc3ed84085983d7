package shell

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// call makes the call of a line.
func (s *Shell) call(ctx context.Context, line *Line) error {
	if s.Target == "" {
		return &UsageError{"there is no server to call", ":list, :describe and :template need none; 'idlcall shell TARGET' has one"}
	}
	args, err := s.arguments(ctx, line)
	if err != nil {
		return err
	}
	return s.make(ctx, args, line.Append)
}

// make makes a call of arguments.
func (s *Shell) make(ctx context.Context, args []string, appends bool) error {
	calling := s.control()
	calling.control.Append = appends
	begun := time.Now()
	err := s.run(ctx, "call", args, calling.control)
	calling.end(err, time.Since(begun))
	if s.timing {
		s.noteTime(begun)
	}
	return err
}

// noteTime says how long something took.
func (s *Shell) noteTime(begun time.Time) {
	s.note("took " + time.Since(begun).Round(time.Microsecond).String())
}

// arguments are those of "call" that a line stands for.
func (s *Shell) arguments(ctx context.Context, line *Line) ([]string, error) {
	if len(line.Words) == 0 && line.Ask {
		return nil, &UsageError{"there is no method that ? could be about", "':help' lists the commands"}
	}
	if len(line.Words) == 0 {
		return nil, &UsageError{"there is no method", "a line begins with a METHOD or a command: ':list' and ':help' say which there are"}
	}
	if err := meantCommand(line); err != nil {
		return nil, err
	}
	args, err := s.computed(ctx, line.Words)
	if err != nil {
		return nil, err
	}
	switch {
	case line.In != "" && (len(line.Documents) > 0 || line.Ask):
		return nil, usage("both a document and a file behind <")
	case line.In != "":
		args = append(args, "-d", "@"+line.In)
	case line.Ask:
		text, err := s.ask(ctx, line)
		if err != nil {
			return nil, err
		}
		args = append(args, "-d", text)
	case len(line.Documents) > 0:
		text, err := s.documents(ctx, line.Documents)
		if err != nil {
			return nil, err
		}
		args = append(args, "-d", text)
	}
	if filter := strings.TrimSpace(line.Filter); filter != "" {
		args = append(args, "-q", filter)
	}
	if line.Out != "" {
		args = append(args, "-o", line.Out)
	}
	return args, nil
}

// meantCommand refuses a line that is the name of a command without its colon, of those that
// people type who do not know of it.
func meantCommand(line *Line) error {
	if len(line.Words) != 1 || len(line.Documents) > 0 {
		return nil
	}
	switch name := line.Words[0].Text; name {
	case "help", "quit", "exit":
		return &UsageError{"commands begin with a colon", "':" + name + "'"}
	}
	return nil
}

// documents are JSON, with the values of variables. Those that have none stay as they
// stand.
func (s *Shell) documents(ctx context.Context, list []Document) (string, error) {
	var texts []string
	for _, d := range list {
		text, err := s.document(ctx, d)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, " ")
	if strings.HasPrefix(text, "@") {
		return "", usage("a request begins with a bracket: the file %s stands behind <", text)
	}
	return text, nil
}

// document is one of them.
func (s *Shell) document(ctx context.Context, d Document) (string, error) {
	if !d.Computed {
		return d.Text, nil
	}
	values, err := s.values(ctx, d.Text)
	switch {
	case err != nil:
		return "", err
	case len(values) == 0:
		return "", &DocumentError{d.Text, errors.New("the expression has no value")}
	}
	return strings.Join(values, " "), nil
}

// values are what jq makes of an expression that has variables.
func (s *Shell) values(ctx context.Context, text string) ([]string, error) {
	e, err := jq.Compile(text, lastVariable)
	if err != nil {
		return nil, &DocumentError{text, err}
	}
	if s.last == nil && strings.Contains(text, "$"+lastVariable) {
		return nil, &DocumentError{text, errors.New("there is no reply yet that $" + lastVariable + " could be")}
	}
	var values []string
	for v, err := range e.Run(ctx, []byte("null"), jq.Var{Name: lastVariable, JSON: s.last}) {
		if err != nil {
			return nil, &DocumentError{text, err}
		}
		values = append(values, string(terminal.EscapeJSON(v.AppendJSON(nil)))) // :command shows it
	}
	return values, nil
}

// calling is a call that lasts.
type calling struct {
	shell   *Shell
	control *Control
	call    *Call
	last    json.RawMessage
	input   *typed // what is typed for a stream of the client; nil where that is not asked for
}

// control follows a call.
func (s *Shell) control() *calling {
	interrupt := make(chan struct{})
	c := &calling{shell: s}
	c.control = &Control{
		Last:      s.last,
		Interrupt: interrupt,
		Began:     func(call *Call) { c.call = call },
		Sent: func(message json.RawMessage) {
			if c.call != nil {
				c.call.Keep(true, message)
			}
			c.input.count(true)
		},
		Received: func(message json.RawMessage) {
			c.last = append(c.last[:0], message...)
			if c.call != nil {
				c.call.Keep(false, message)
			}
			c.input.count(false)
		},
		Documents: func(m *session.Method, check func(string) error) io.ReadCloser {
			c.input = s.typing(m, check, interrupt)
			return c.input
		},
	}
	return c
}

// end takes note of a call that has ended.
func (c *calling) end(err error, took time.Duration) {
	if c.last != nil {
		c.shell.last = c.last
	}
	if c.input != nil && c.input.unsent != "" {
		c.shell.text = c.input.method.Name + " " + c.input.unsent
	}
	if c.call == nil || isMistake(err) {
		return
	}
	if told, ok := errors.AsType[*toldError](err); ok {
		err = told.err
	}
	c.call.end(err, took)
	c.shell.calls = append(c.shell.calls, c.call)
	if len(c.shell.calls) > maxCalls {
		c.shell.calls = c.shell.calls[1:]
	}
}
