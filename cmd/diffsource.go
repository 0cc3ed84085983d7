package cmd

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/session"
)

// diffSource are the flags that say how OLD or NEW is read. Each of the two has its own,
// since a saved target may set them.
type diffSource struct {
	idl  idlFlags
	conn connFlags
}

func (s *diffSource) bind(c *cobra.Command) {
	s.idl.bindReading(c)
	s.conn.bind(c)
}

// open opens OLD or NEW, with the flags of the command line and what the configuration says
// of the target.
func (o *diffOptions) open(ctx context.Context, std streams, source string, includes []string) (*session.Session, error) {
	var s diffSource
	c := &cobra.Command{}
	s.bind(c)
	if err := copyFlags(c.Flags(), o.flags); err != nil {
		return nil, err
	}
	target := ""
	if isServer(source) {
		target = source
	}
	target, err := configured(c.Flags(), target)
	if err != nil {
		return nil, err
	}
	s.idl.includes = slices.Concat(includes, s.idl.includes)
	s.idl.whole = true
	if target == "" {
		s.idl.files = []string{source}
	}
	return open(ctx, std, target, &s.idl, &s.conn, format.Options{})
}

// copyFlags sets the flags of to that are set in from.
func copyFlags(to, from *pflag.FlagSet) (err error) {
	from.Visit(func(f *pflag.Flag) {
		mine := to.Lookup(f.Name)
		if mine == nil || err != nil {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			mine.Changed = true
			err = mine.Value.(pflag.SliceValue).Replace(list.GetSlice())
			return
		}
		err = to.Set(f.Name, f.Value.String())
	})
	return err
}

// isServer reports whether a word that may name IDL is a TARGET: it is the name of no file,
// and of none that may just be missing.
func isServer(source string) bool {
	if source == "-" {
		return false
	}
	if source == demoTarget || strings.HasPrefix(source, "@") {
		return true
	}
	if _, err := os.Stat(source); err == nil {
		return false
	}
	switch filepath.Ext(source) {
	case ".proto", ".thrift", ".json", ".binpb", ".protoset", ".bin", ".pb", ".desc":
		return false
	}
	_, err := call.ParseTargets(source)
	return err == nil
}
