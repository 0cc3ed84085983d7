package format

import "github.com/idlcall/idlcall/pkg/idl"

// Dialect is a mapping of Thrift messages other than this program's own. Compile calls it
// for methods of Thrift in its place, with the Options that it has been given. What the
// Dialect does not understand of these, it refuses with an error of stream.KindUsage.
type Dialect func(m *idl.Method, o Options) (*Program, error)

// NewProgram is the Program of a Dialect. codec returns a codec for one use, whose errors
// are those that Codec names; any number of goroutines may call it.
func NewProgram(codec func() Codec) *Program { return &Program{codec} }
