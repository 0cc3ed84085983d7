package cmd

import (
	"fmt"
	"strings"

	"github.com/idlcall/idlcall/pkg/diff"
	"github.com/idlcall/idlcall/pkg/idl"
)

// findingText is a line as compilers have them: place, rule, what changed, what breaks.
func findingText(f *diff.Finding) string {
	var b strings.Builder
	if p := f.Place(); p.Line > 0 {
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Col)
	}
	fmt.Fprintf(&b, "%s: %s: breaks %s", f.Rule, f.Message, strings.Join(brokenForms(f), " and "))
	switch n := len(f.Methods); {
	case n == 1 && f.Methods[0] != f.Symbol:
		fmt.Fprintf(&b, " of %s", f.Methods[0])
	case n > 1:
		fmt.Fprintf(&b, " of %s and %d more", f.Methods[0], n-1)
	}
	return b.String()
}

func brokenForms(f *diff.Finding) []string {
	var list []string
	if f.Wire {
		list = append(list, "wire")
	}
	if f.JSON {
		list = append(list, "JSON")
	}
	return list
}

// findingLine is one line of diff --json.
type findingLine struct {
	Rule    string     `json:"rule"`
	Message string     `json:"message"`
	Wire    bool       `json:"wire"`
	JSON    bool       `json:"json"`
	Methods []string   `json:"methods,omitempty"`
	Old     placeLine  `json:"old"`
	New     *placeLine `json:"new,omitempty"` // left out where it is gone
}

type placeLine struct {
	Symbol string `json:"symbol"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

func findingJSON(f *diff.Finding) findingLine {
	line := findingLine{Rule: string(f.Rule), Message: f.Message, Wire: f.Wire, JSON: f.JSON, Methods: f.Methods, Old: placeOf(f.Symbol, f.Old)}
	if f.Now != "" {
		now := placeOf(f.Now, f.New)
		line.New = &now
	}
	return line
}

func placeOf(symbol string, p idl.Place) placeLine {
	return placeLine{symbol, p.File, p.Line, p.Col}
}
