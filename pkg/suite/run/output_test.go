package run

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// TestOutput: the beginning is kept for expectations, the end for people, however a
// command's output comes.
func TestOutput(t *testing.T) {
	const line = "0123456789\n"
	lots := strings.Repeat(line, maxOutput/len(line)) // a little less than is kept
	for name, test := range map[string]struct {
		text string
		more bool
		tail []string
	}{
		"nothing":    {"", false, nil},
		"line ends":  {"\r\n\n", false, nil},
		"short":      {"a\nb\r\n", false, []string{"a", "b"}},
		"many lines": {strings.Repeat("x\n", 21), false, append([]string{"…x"}, slices.Repeat([]string{"x"}, 19)...)},
		"one line":   {strings.Repeat("ä", maxTail), false, []string{"…" + strings.Repeat("ä", maxTail/2)}},
		"just kept":  {strings.Repeat("x", maxOutput), false, []string{"…" + strings.Repeat("x", maxTail)}},
		"beyond":     {lots + lots + "end\n", true, append([]string{"…0123456789"}, append(slices.Repeat([]string{"0123456789"}, 18), "end")...)},
	} {
		var o output
		if n, err := io.Copy(&o, strings.NewReader(test.text)); err != nil || int(n) != len(test.text) {
			t.Fatalf("%s: copied %d: %v", name, n, err)
		}
		if len(o.head) > maxOutput || len(o.last) > 2*maxTail || o.more != test.more {
			t.Errorf("%s: kept %d and %d, more %v", name, len(o.head), len(o.last), o.more)
		}
		if got := o.tail(); !slices.Equal(got, test.tail) {
			t.Errorf("%s: the end is %q, want %q", name, got, test.tail)
		}
	}
}
