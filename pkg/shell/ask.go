package shell

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/shell/document"
	"github.com/idlcall/idlcall/pkg/shell/editor"
	"github.com/idlcall/idlcall/pkg/shell/fill"
)

// errNotSent says that the user has given up a request.
var errNotSent = &UsageError{Message: "nothing was sent"}

// ask asks for the request of a line, field by field, and shows it for editing.
func (s *Shell) ask(ctx context.Context, line *Line) (string, error) {
	if len(line.Documents) > 0 || line.In != "" {
		return "", usage("both a request and ?")
	}
	m, err := s.method(ctx, line)
	if err != nil {
		return "", err
	}
	f := fill.New(m.Input, fill.Options{Notes: s.names.comments(ctx, m), Read: readAnswer})
	s.print("Enter leaves out, ^ goes back, . leaves out the rest, Ctrl-C gives up")
	for {
		q, more := f.Next()
		if !more {
			break
		}
		if err := s.answer(f, q); err != nil {
			return "", err
		}
	}
	return s.edited(m, string(f.JSON()))
}

// maxAnswerFile bounds a file that an answer names, in bytes.
const maxAnswerFile = 64 << 20

func readAnswer(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	case info.Size() > maxAnswerFile:
		return nil, fmt.Errorf("%s has more than %d MiB", name, maxAnswerFile>>20)
	}
	return os.ReadFile(name)
}

// answer asks one question until there is an answer that does.
func (s *Shell) answer(f *fill.Filler, q fill.Question) error {
	for _, comment := range q.Comment {
		s.print("# " + visible(comment))
	}
	if q.Kind == fill.Choice {
		for i, o := range q.Choices {
			s.print(strings.TrimRight(fmt.Sprintf("  %d) %-20s %s", i+1, visible(o.Name), visible(o.Note)), " "))
		}
	}
	text := ""
	for {
		typed, err := s.Terminal.Read(editor.Question{
			Prompt:   func() string { return prompted(q) },
			Text:     text,
			Complete: func(text string, cursor int) editor.Completion { return answers(q, text, cursor) },
		})
		if err != nil {
			if !s.Person {
				return usage("the answers end before the request is complete")
			}
			return errNotSent
		}
		switch typed {
		case "^":
			f.Back()
			return nil
		case ".":
			return s.tolerated(f.Skip())
		}
		answer, err := chosen(q, typed)
		if err == nil {
			err = f.Answer(answer)
		}
		if err == nil {
			return nil
		}
		if !s.Person {
			return err
		}
		s.Host.Report(err)
		text = typed
	}
}

// chosen is the name of an answer that is its number in the menu. Numbers of an enum are none.
func chosen(q fill.Question, answer string) (string, error) {
	n, err := strconv.Atoi(strings.TrimSpace(answer))
	isNumber := err == nil
	switch {
	case q.Kind != fill.Choice || !isNumber:
		return answer, nil
	case n < 1 || n > len(q.Choices):
		return answer, usage("%s: want a number from 1 to %d, or a name", q.Path, len(q.Choices))
	}
	return q.Choices[n-1].Name, nil
}

// tolerated tells an error and goes on.
func (s *Shell) tolerated(err error) error {
	if err != nil && s.Person {
		s.Host.Report(err)
		return nil
	}
	return err
}

// prompted is the prompt of a question: path, type, and what Enter means.
func prompted(q fill.Question) string {
	name := q.Path
	if name == "" {
		name = "value"
	}
	text := name + " (" + q.Type
	if q.Default != nil {
		text += ", default " + string(q.Default)
	}
	text += ")"
	switch {
	case q.Kind == fill.Confirm && q.More:
		text += " add one? [y/N]"
	case q.Kind == fill.Confirm && !q.Required:
		text += " fill it in? [y/N]"
	}
	return visible(text) + ": "
}

// answers are what Tab offers to a question.
func answers(q fill.Question, text string, cursor int) editor.Completion {
	if strings.HasPrefix(text, "@") {
		return files(text[:cursor], 1)
	}
	var list []candidate
	for _, o := range q.Choices {
		list = append(list, candidate{Text: o.Name, Note: visible(o.Note)})
	}
	return beginning(0, text[:cursor], list)
}

// edited shows a request, to be changed before it is sent.
func (s *Shell) edited(m *idl.Method, text string) (string, error) {
	if !s.Person {
		return text, nil
	}
	text, err := s.Terminal.Read(editor.Question{
		Prompt:    func() string { return m.Name + " " },
		Text:      text,
		Done:      func(text string) bool { return document.Open(text).Brackets == "" },
		Complete:  func(text string, cursor int) editor.Completion { return s.completeDocument(m, text, 0, cursor) },
		Highlight: s.highlightDocument,
		Hint:      func(text string, cursor int) string { return s.hintDocument(m, text, 0, cursor) },
	})
	if err != nil {
		return "", errNotSent
	}
	// It can be had again, and edited, as any line.
	s.answered = m.FullName() + " " + text
	s.remember(s.answered)
	return s.requests(text)
}

// remember adds a line to the history.
func (s *Shell) remember(line string) {
	if s.History != nil {
		s.History.Add(line)
	}
}

// method is the method that a line names.
func (s *Shell) method(ctx context.Context, line *Line) (*idl.Method, error) {
	name := s.methodName(line)
	if name == "" {
		return nil, usage("there is no method")
	}
	schema, err := s.names.look(ctx)
	if err != nil {
		return nil, err
	}
	return schema.Method(ctx, name)
}

// template puts a request with every field into the editor.
func (s *Shell) template(ctx context.Context, rest string) error {
	if rest == "" {
		return usage("want a METHOD")
	}
	schema, err := s.names.look(ctx)
	if err != nil {
		return err
	}
	m, err := schema.Method(ctx, s.qualified(rest))
	if err != nil {
		return err
	}
	text, err := format.Template(nil, m.Input, format.TemplateOptions{})
	if err != nil {
		return err
	}
	if !s.Person {
		s.printJSON(text)
		return nil
	}
	s.text = rest + " " + laidOut(text, format.Style{Pretty: true})
	return nil
}

// printJSON writes a document as replies look.
func (s *Shell) printJSON(document []byte) {
	style := s.Host.Style(s.settings)
	style.Output = format.JSON
	s.print(laidOut(document, style))
}

// laidOut is a document in a style, without the end of its last line.
func laidOut(document []byte, style format.Style) string {
	var b strings.Builder
	p := format.NewPrinter(&b, &idl.Method{}, nil, style)
	p.PrintJSON(document)
	_ = p.Flush() // a Builder takes all
	return strings.TrimSuffix(b.String(), "\n")
}
