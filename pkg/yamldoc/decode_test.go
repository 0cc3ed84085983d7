package yamldoc_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// sample is what a document of every kind of value is read into.
type sample struct {
	s          string
	list, one  []string
	yes        bool
	i          int
	d, seconds time.Duration
}

func (v *sample) read(n *yamldoc.Node) error {
	return n.Object(map[string]func(*yamldoc.Node) error{
		"s":       func(n *yamldoc.Node) (err error) { v.s, err = n.Str(); return err },
		"list":    func(n *yamldoc.Node) (err error) { v.list, err = n.Strings(); return err },
		"one":     func(n *yamldoc.Node) (err error) { v.one, err = n.Strings(); return err },
		"yes":     func(n *yamldoc.Node) (err error) { v.yes, err = n.Bool(); return err },
		"i":       func(n *yamldoc.Node) (err error) { v.i, err = n.Int(0, 100); return err },
		"d":       func(n *yamldoc.Node) (err error) { v.d, err = n.Duration(); return err },
		"seconds": func(n *yamldoc.Node) (err error) { v.seconds, err = n.Duration(); return err },
	})
}

// decoded is a document read as a sample, or its error.
func decoded(t *testing.T, source string) string {
	t.Helper()
	n, err := yamldoc.Parse("f.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var v sample
	err = v.read(n)
	return withNearest(fmt.Sprint(v.s+", ", v.list, v.one, v.yes, v.i, v.d, v.seconds), err)
}
