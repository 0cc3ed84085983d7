package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/bench"
)

// Form is how a Result is written.
type Form string

// The forms.
const (
	Text Form = "text"
	JSON Form = "json"
	CSV  Form = "csv"
	HTML Form = "html"
	HDR  Form = "hdr"
)

// Forms are all of them.
func Forms() []Form { return []Form{Text, JSON, CSV, HTML, HDR} }

// ParseForm finds a form by its name.
func ParseForm(name string) (Form, error) {
	if f := Form(name); slices.Contains(Forms(), f) {
		return f, nil
	}
	var names []string
	for _, f := range Forms() {
		names = append(names, string(f))
	}
	return "", fmt.Errorf("%q: want %s", name, strings.Join(names, ", "))
}

// Write writes a Result.
func Write(w io.Writer, f Form, r *bench.Result) error {
	switch f {
	case JSON:
		return writeJSON(w, r)
	case CSV:
		return writeCSV(w, r)
	case HTML:
		return writeHTML(w, r)
	case HDR:
		return writeLog(w, r)
	}
	return writeText(w, r)
}
