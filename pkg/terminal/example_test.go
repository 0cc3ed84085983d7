package terminal_test

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/terminal"
)

// Text of others is shown with what a terminal would obey taken out.
func ExampleObeys() {
	plain := func(r rune) rune {
		if terminal.Obeys(r) {
			return '?'
		}
		return r
	}
	fmt.Println(strings.Map(plain, "\x1b[2Jgone \u202etxt.exe"))
	// Output: ?[2Jgone ?txt.exe
}
