package shell_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/idlcall/idlcall/pkg/shell"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

func asked(name string) editor.Question {
	return editor.Question{
		Prompt: func() string { return name + "> " },
		Done:   func(text string) bool { return !strings.HasSuffix(text, "\\") },
	}
}

func TestDumbPrompts(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	history := editor.NewHistory(nil, nil)
	d := shell.NewDumb(strings.NewReader("one\ntwo\\\nthree\n\nfour\\"), &out)
	q := asked("a")
	q.History = history
	for _, want := range []string{"one", "two\\\nthree", "", "four\\\n"} {
		if text, err := d.Read(q); text != want || err != nil {
			t.Errorf("%q, %v; want %q", text, err, want)
		}
	}
	if _, err := d.Read(q); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if want := "a> a> ... a> a> ... \na> \n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if got := history.Lines(); len(got) != 2 {
		t.Errorf("history %q", got)
	}
}

func TestDumbShowsWhatIsToBeEdited(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	d := shell.NewDumb(strings.NewReader("wrong\nagain\n"), &out)
	for _, text := range []string{"Get {}", "wrong"} { // the second one is on the screen already
		q := asked("a")
		q.Text = text
		_, _ = d.Read(q)
	}
	if want := "Get {}\na> a> "; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestDumbEndsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		d := shell.NewDumb(r, io.Discard)
		d.Abort() // nobody waits
		for _, end := range []struct {
			by   func()
			want error
		}{{d.Abort, editor.ErrAborted}, {d.Interrupt, editor.ErrInterrupted}} {
			got := make(chan error)
			go func() {
				_, err := d.Read(asked("a"))
				got <- err
			}()
			synctest.Wait()
			end.by()
			if err := <-got; err != end.want {
				t.Errorf("%v, want %v", err, end.want)
			}
		}
		_ = w.Close()
	})
}
