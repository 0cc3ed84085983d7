package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// typed is what is typed for a call whose client streams. A goroutine asks for documents from
// the first Read on, until the user half-closes or the call has ended.
type typed struct {
	shell     *Shell
	method    *session.Method
	check     func(document string) error
	interrupt chan struct{} // closed with Ctrl-C
	once      sync.Once     // begins to ask

	documents chan string   // closed at the end of the input
	done      chan struct{} // closed with the call
	asked     chan struct{} // closed when nobody asks any more
	rest      []byte        // of a document that is being read
	unsent    string        // what was being typed when the call ended; after asked

	sent, received atomic.Int64
}

func (s *Shell) typing(m *session.Method, check func(string) error, interrupt chan struct{}) *typed {
	t := &typed{
		shell: s, method: m, check: check, interrupt: interrupt,
		documents: make(chan string), done: make(chan struct{}), asked: make(chan struct{}),
	}
	if !s.Person {
		t.once.Do(t.collect)
	}
	return t
}

// collect takes the lines of a script, up to an empty one.
func (t *typed) collect() {
	defer close(t.asked)
	defer close(t.documents)
	for {
		line, err := t.shell.Terminal.Read(t.question(""))
		if err != nil || strings.TrimSpace(line) == "" {
			return
		}
		if computed, err := t.shell.requests(line); err == nil {
			line = computed
		}
		t.rest = append(append(t.rest, line...), '\n') // a mistake is found where it is read
	}
}

// Read has a document at a time.
func (t *typed) Read(p []byte) (int, error) {
	t.once.Do(func() { go t.ask() })
	if len(t.rest) == 0 {
		select {
		case text, more := <-t.documents:
			if !more {
				return 0, io.EOF
			}
			t.rest = append([]byte(text), '\n')
		case <-t.done:
			return 0, io.EOF
		}
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// Close ends the asking, and waits for its end: the prompt belongs to the shell again.
func (t *typed) Close() error {
	close(t.done)
	t.once.Do(func() { close(t.asked) })
	for {
		t.shell.Terminal.Abort()
		select {
		case <-t.asked:
			return nil
		case <-time.After(10 * time.Millisecond): // it was about to ask
		}
	}
}

// count counts a message; t may be nil.
func (t *typed) count(sent bool) {
	switch {
	case t == nil:
		return
	case sent:
		t.sent.Add(1)
	default:
		t.received.Add(1)
	}
	t.shell.Terminal.Refresh()
}

// ask asks for documents.
func (t *typed) ask() {
	defer close(t.asked)
	defer close(t.documents)
	t.shell.note("a document on each line; Ctrl-D ends the requests, Ctrl-C the call")
	text := ""
	for {
		select {
		case <-t.done: // the call ended while a line was read
			return
		default:
		}
		line, err := t.shell.Terminal.Read(t.question(text))
		switch {
		case errors.Is(err, editor.ErrInterrupted):
			close(t.interrupt)
			<-t.done // the end of the documents would be that of the requests
			return
		case errors.Is(err, editor.ErrAborted):
			if strings.TrimSpace(line) != "" {
				t.shell.note("the call has ended; this line was not sent")
				t.unsent = line
			}
			return
		case err != nil:
			return
		}
		if text, err = t.next(line); err != nil {
			return
		}
	}
}

// next supplies the documents of a line. One that is none is told, and returned for editing;
// the error says that there is no call any more.
func (t *typed) next(typed string) (again string, err error) {
	line, err := t.shell.requests(typed)
	if err == nil {
		err = t.check(line)
	}
	if err != nil {
		t.shell.Host.Report(err)
		return typed, nil
	}
	if strings.TrimSpace(line) == "" {
		return "", nil
	}
	select {
	case t.documents <- line:
		return "", nil
	case <-t.done:
		return "", io.ErrClosedPipe
	}
}

// requests are the documents of a line that has nothing else, with the values of variables.
func (s *Shell) requests(text string) (string, error) {
	list, err := documentsOf(text)
	if err != nil {
		return "", err
	}
	return s.documents(context.Background(), list)
}

// documentsOf are the documents of a line that has nothing else.
func documentsOf(text string) ([]Document, error) {
	p := parser{input: text, line: &Line{}}
	for p.space(); p.at < len(p.input); p.space() {
		at := p.at
		if err := p.document(); err != nil {
			return nil, err
		}
		if p.at == at {
			return nil, p.fault(at, false, "here a document would begin")
		}
	}
	return p.line.Documents, nil
}

// question is the prompt of documents.
func (t *typed) question(text string) editor.Question {
	return editor.Question{
		Prompt: t.prompt,
		Text:   text,
		Done: func(text string) bool {
			_, err := documentsOf(text)
			return !isOpen(err)
		},
		Complete: func(text string, cursor int) editor.Completion {
			return t.shell.completeDocument(t.method.Method, text, 0, cursor)
		},
		Highlight: t.shell.highlightDocument,
		Hint:      func(text string, cursor int) string { return t.shell.hintDocument(t.method.Method, text, 0, cursor) },
		History:   t.shell.names.documents(t.method.FullName()),
	}
}

// prompt has the method, and how many messages went in which direction.
func (t *typed) prompt() string {
	prompt := fmt.Sprintf("%s →%d", t.method.Name, t.sent.Load())
	if t.method.Type.ServerStreams() {
		prompt += fmt.Sprintf(" ←%d", t.received.Load())
	}
	return prompt + "> "
}
