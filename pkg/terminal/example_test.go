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

// A caret stands below a character only where it is as many cells from the left.
func ExampleWidth() {
	fmt.Println("日本 = 7")
	fmt.Println(strings.Repeat(" ", terminal.Width("日本 = ")) + "^")
	// Output:
	// 日本 = 7
	//        ^
}

// A line that is too long keeps the place that it is about.
func ExampleAround() {
	line := "one two three four five six"
	shown, before := terminal.Around(line, strings.Index(line, "four"), 15)
	fmt.Println(shown)
	fmt.Println(strings.Repeat(" ", before) + "^")
	// Output:
	// …wo three four…
	//           ^
}
