package terminal_test

import (
	"testing"

	"github.com/idlcall/idlcall/pkg/terminal"
)

func TestObeys(t *testing.T) {
	t.Parallel()
	for _, r := range "\x00\t\n\x1b\x7f\u0080\u009b\u009f\u202a\u202e\u2066\u2069" {
		if !terminal.Obeys(r) {
			t.Errorf("%U is taken for text", r)
		}
	}
	for _, r := range " ~\u00a0\u00e9\u2029\u202f\u2065\u206a\ufffd\U0001f600" {
		if terminal.Obeys(r) {
			t.Errorf("%U is no text", r)
		}
	}
}
