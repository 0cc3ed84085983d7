package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/idlcall/idlcall/pkg/stream"
)

// Failure is one kind of error.
type Failure struct {
	// Kind is that of a stream.Outcome: status, exception, connection, deadline, ...; Name is that of a status or an
	// exception, and Code a number of the peer's.
	Kind  string `json:"kind"`
	Name  string `json:"name,omitempty"`
	Code  int64  `json:"code,omitempty"`
	Count int64  `json:"count"`
	// Example is the text of the first, and First when that was, from the start of the
	// Result.
	Example string        `json:"example"`
	First   time.Duration `json:"first"`
}

// Label is Kind and Name for people.
func (f *Failure) Label() string {
	switch {
	case f.Kind == "status" && f.Name != "":
		return f.Name
	case f.Name != "" && f.Kind != "connection" && f.Kind != "deadline":
		return f.Kind + " " + f.Name
	case f.Code != 0 && f.Kind != "connection" && f.Kind != "deadline":
		return fmt.Sprintf("%s %d", f.Kind, f.Code)
	}
	return f.Kind
}

const (
	// maxFailures is how many kinds are told apart: a peer chooses its codes.
	maxFailures = 100
	// maxExample is the length of an example, in bytes.
	maxExample = 500
)

// failureID is what tells kinds apart.
type failureID struct {
	kind, name string
	code       int64
}

// failures are the errors of a load.
type failures struct {
	mu    sync.Mutex
	kinds map[failureID]*Failure
	first error
}

// note takes note of an error.
func (f *failures) note(err error, at time.Duration) {
	o := stream.OutcomeOf(err)
	id := failureID{o.Kind.String(), o.Name, o.Code}
	if !hasCode(o.Kind) {
		id.name, id.code = "", 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kinds == nil {
		f.kinds, f.first = map[failureID]*Failure{}, err
	}
	known := f.kinds[id]
	if known == nil {
		if len(f.kinds) >= maxFailures {
			id = failureID{kind: "other"}
		}
		if known = f.kinds[id]; known == nil {
			known = &Failure{Kind: id.kind, Name: id.name, Code: id.code, Example: cut(err.Error()), First: at}
			f.kinds[id] = known
		}
	}
	known.Count++
}

// cut is a text of no more than maxExample.
func cut(text string) string {
	if len(text) <= maxExample {
		return text
	}
	return strings.ToValidUTF8(text[:maxExample], "") + "…"
}

// list has the most frequent first.
func (f *failures) list() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Failure
	for _, k := range f.kinds {
		list = append(list, *k)
	}
	sortFailures(list)
	return list
}

func sortFailures(list []Failure) {
	slices.SortFunc(list, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.First, b.First), cmp.Compare(a.Label(), b.Label()))
	})
}

// hasCode reports whether the number is the peer's own, which tells kinds apart.
func hasCode(k stream.Kind) bool {
	return k == stream.KindStatus || k == stream.KindApplication || k == stream.KindDeclared || k == stream.KindBiz
}
