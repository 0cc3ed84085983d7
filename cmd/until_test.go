package cmd

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// TestUntilNeverEnds: the context ends an expression that does not.
func TestUntilNeverEnds(t *testing.T) {
	t.Parallel()
	var c expression
	if err := c.Set("repeat(1) | select(false)"); err != nil {
		t.Fatal(err)
	}
	late := errors.New("late")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, late)
	defer cancel()
	w := wanted{until: &c}
	if err := w.judge(ctx, []byte("1")); err != late {
		t.Error(err)
	}
}

func TestUntilMistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ expression, want, text, caret string }{
		{". == 1 )", `line 1, column 8: unexpected token ")"`, ". == 1 )", "       ^"},
		{".a ==", "line 1, column 6: unexpected EOF", ".a ==", "     ^"},
		{".a |\n | \"é\"", `line 2, column 2: unexpected token "|"`, ` | "é"`, " ^"},
		{`"abc`, "line 1, column 5: unterminated string literal", `"abc`, "    ^"},
		{"", `missing query (try ".")`, "", "^"},
		{"$x", "variable not defined: $x", "", "^"},
		{"input", "input(s)/0 is not allowed", "", "^"},
	} {
		err := new(expression).Set(test.expression)
		if err == nil || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.expression, err, test.want)
		}
		if text, caret := excerpt(err); text != test.text || strings.Repeat(" ", caret)+"^" != test.caret {
			t.Errorf("%q: excerpt\n%s\n%s^\nwant\n%s\n%s", test.expression, text, strings.Repeat(" ", caret), test.text, test.caret)
		}
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	var c expression
	if err := c.Set(". == 2"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		w       wanted
		replies string
		want    int // replies that are taken
		settled bool
	}{
		{"all", wanted{until: &expression{}}, "1 2 3", 3, false},
		{"two", wanted{max: 2, until: &expression{}}, "1 2 3", 2, false},
		{"until", wanted{until: &c}, "1 2 3", 2, true},
		{"until, not reached", wanted{max: 1, until: &c}, "1 2 3", 1, false},
		{"until, never true", wanted{until: &c}, "1 3", 2, false},
	} {
		test.w.begin()
		got := 0
		for reply := range strings.FieldsSeq(test.replies) {
			got++
			if err := test.w.judge(t.Context(), []byte(reply)); err == stream.ErrEnough {
				break
			} else if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if got != test.want || test.w.settled != test.settled {
			t.Errorf("%s: took %d, settled %v; want %d, %v", test.name, got, test.w.settled, test.want, test.settled)
		}
	}
}
