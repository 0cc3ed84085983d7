package record

import (
	"bytes"
	"encoding/json"
	"strings"
)

// quoted is a text as YAML, in which ${ stands for itself.
func quoted(s string) string {
	return plain(strings.ReplaceAll(s, "${", "$${"))
}

// plain is a text as YAML, in which ${NAME} is a variable. JSON's strings are YAML's; what a
// terminal or an editor may obey is escaped.
func plain(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return escaped(strings.TrimSuffix(b.String(), "\n"))
}

// value is a document of JSON as YAML, on one line.
func value(document []byte) string {
	return strings.ReplaceAll(escaped(string(document)), "${", "$${")
}

// escaped has no characters that YAML takes for line ends, or does not take at all.
func escaped(s string) string {
	return strings.NewReplacer("\u0085", `\u0085`, "\u2028", `\u2028`, "\u2029", `\u2029`, "\ufeff", `\ufeff`, "\x7f", `\u007f`).Replace(s)
}
