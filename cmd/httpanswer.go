package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/gateway"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/terminal"
)

// answer makes one request, and writes what an HTTP client would get.
func (o *httpOptions) answer(std streams, g *gateway.Gateway, r *http.Request) error {
	out := outletTo(std, o.format.file)
	w := &httpAnswer{out: out, header: http.Header{}, include: o.include, style: o.format.style(std), silent: r.Method == http.MethodHead}
	w.terminal = o.format.file == "" && isTerminal(std.out)
	err := g.Serve(w, r)
	w.Flush()
	if err == nil {
		err = asOutput(w.err)
	}
	if closed := out.close(err == nil); err == nil {
		err = closed
	}
	return err
}

// httpAnswer is an http.ResponseWriter that prints.
type httpAnswer struct {
	out      outlet
	header   http.Header
	include  bool
	style    format.Style
	silent   bool // HEAD has no body
	terminal bool

	begun bool
	body  bytes.Buffer
	err   error
}

func (w *httpAnswer) Header() http.Header { return w.header }

// WriteHeader prints the status line and the headers, if they are wanted.
func (w *httpAnswer) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun = true
	if !w.include {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\n", status, http.StatusText(status))
	names := make([]string, 0, len(w.header))
	for name := range w.header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range w.header[name] {
			fmt.Fprintf(&b, "%s: %s\n", visible(name), visible(value))
		}
	}
	w.print([]byte(b.String() + "\n"))
}

func (w *httpAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.silent {
		return len(p), nil
	}
	w.body.Write(p)
	return len(p), w.err
}

// Flush prints what came since the last one: a reply of a stream, or the whole body. JSON
// ends its line.
func (w *httpAnswer) Flush() {
	text := slices.Clone(w.body.Bytes())
	w.body.Reset()
	if len(text) == 0 {
		return
	}
	switch isJSON := w.header.Get("Content-Type") == "application/json"; {
	case isJSON:
		text = append(laidOut(bytes.TrimRight(text, "\n"), w.style), '\n')
	case w.terminal:
		text = []byte(visibleLines(string(text)))
	}
	w.print(text)
}

func (w *httpAnswer) print(text []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(text)
	}
}

// laidOut is JSON, of one document or several, over several lines or in colour where that
// is wanted.
func laidOut(text []byte, style format.Style) []byte {
	if !style.Pretty && style.Palette == (format.Palette{}) {
		return terminal.EscapeJSON(text)
	}
	var b, line bytes.Buffer
	p := format.NewPrinter(&b, &idl.Method{}, nil, style)
	for document := range bytes.SplitSeq(text, []byte("\n")) {
		line.Reset()
		if json.Compact(&line, document) != nil {
			return terminal.EscapeJSON(text)
		}
		p.PrintJSON(terminal.EscapeJSON(line.Bytes()))
	}
	_ = p.Flush() // b takes all
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
