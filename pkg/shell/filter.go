package shell

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/jq"
)

// lastVariable is the name of the last reply in expressions, without "$".
const lastVariable = "last"

// redirected finds "> FILE" at the end of an expression, and returns -1 where there is none.
// jq compares with ">", too: the expression as a whole is one where it makes sense to jq.
func redirected(expression string) int {
	at := -1
	for i := 0; i < len(expression); i++ {
		switch c := expression[i]; c {
		case '"':
			for i++; i < len(expression) && expression[i] != '"'; i++ {
				if expression[i] == '\\' {
					i++
				}
			}
		case '>':
			at = i
			if i > 0 && expression[i-1] == '>' {
				at--
			}
		}
	}
	if at < 0 {
		return -1
	}
	file := strings.TrimLeft(strings.TrimLeft(expression[at:], ">"), " \t\r\n")
	if file == "" || strings.ContainsAny(file[:1], "=|<>") || compiles(expression) || !compiles(expression[:at]) {
		return -1
	}
	return at
}

func compiles(expression string) bool {
	_, err := jq.Compile(expression, lastVariable)
	return err == nil
}
