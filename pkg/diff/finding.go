package diff

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Finding is one change.
type Finding struct {
	Rule Rule
	// Symbol is what changed, as OLD calls it: "pkg.Service/Method",
	// "pkg.Message.field", "pkg.Enum.VALUE". Now is what NEW calls it; it is empty
	// where NEW does not have it.
	Symbol, Now string
	// Message is a sentence that begins with Symbol.
	Message string
	// Wire says that encoded messages are not read as they were meant, JSON that
	// messages in JSON are not.
	Wire, JSON bool
	// Methods are those that it concerns, by their full names, sorted. There are none
	// where types were compared without regard to methods. Findings may share the list.
	Methods []string
	// Old and New are where it stands in both, as far as that is known. A type that
	// stands in no file of theirs has the place of the field, or method, that has it.
	Old, New idl.Place

	in *node // nil where it is of no pair of types
}

// Place is where to look first: in NEW if it is there.
func (f *Finding) Place() idl.Place {
	if f.New.File != "" {
		return f.New
	}
	return f.Old
}

// sortFindings puts findings in the order of places, and then of symbols.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		p, q := a.Place(), b.Place()
		return cmp.Or(
			cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col),
			cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message),
		)
	})
}

// Report is what Compare found.
type Report struct {
	// Findings are in the order of their places.
	Findings []Finding
	// Services, Methods and Types count what was compared.
	Services, Methods, Types int
}

// BreakingError says that there are findings.
type BreakingError struct {
	Old, New string // as the user names them
	Findings int
	// Wire and JSON count those that break the one and the other.
	Wire, JSON int
}

func (e *BreakingError) Error() string {
	changes := "changes"
	if e.Findings == 1 {
		changes = "change"
	}
	return fmt.Sprintf("clients of %s would notice %d %s in %s: %d on the wire, %d in JSON", e.Old, e.Findings, changes, e.New, e.Wire, e.JSON)
}

// Outcome is that of an expectation.
func (*BreakingError) Outcome() stream.Outcome {
	return stream.Outcome{Kind: stream.KindUnmet, Name: "breaking-changes"}
}
