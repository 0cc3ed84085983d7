package suite

import (
	"path/filepath"
	"regexp"
	"time"

	"github.com/idlcall/idlcall/pkg/jq"
	"github.com/idlcall/idlcall/pkg/stream"
	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// Suite is a file of steps.
type Suite struct {
	File     string
	Name     string
	Tags     []string
	Settings []yamldoc.Setting // of all steps
	Timeout  time.Duration     // of each step; 0 is not given
	Env      []EnvVar
	Vars     []Var
	Matrix   []Row // one without anything where there is no matrix
	Setup    []*Step
	Steps    []*Step
	Teardown []*Step
	FailFast bool // run no further step after one that failed
}

// Dir is the folder of the file, from which a suite names other files.
func (s *Suite) Dir() string { return filepath.Dir(s.File) }

// EnvVar is an environment variable that a suite uses.
type EnvVar struct {
	Name    string
	Node    *yamldoc.Node // where it is named
	Default *string       // nil where it has to be set
}

// Var is a variable with a value that the file has.
type Var struct {
	Name  string
	Value *yamldoc.Node
}

// Row is one combination of a matrix.
type Row struct {
	Title    string // "transport=grpc http2=true", or what the file calls it
	Settings []yamldoc.Setting
	Vars     []Var
}

// Part is the part of a suite that a step belongs to.
type Part string

// The parts.
const (
	PartSetup    Part = "setup"
	PartStep     Part = "step"
	PartTeardown Part = "teardown"
)

// Step is a call or a command.
type Step struct {
	Part     Part
	Name     string
	Node     *yamldoc.Node // where it stands
	Tags     []string      // those of the suite, too
	Skip     string        // why it does not run; "" where it does
	Settings []yamldoc.Setting
	Timeout  time.Duration // 0 is that of the suite
	Attempts Attempts
	Expect   Expect
	Captures []Capture

	Method yamldoc.Value // "" of a command
	Run    yamldoc.Value // a command of sh
	// Background has the command run beside the steps that follow, until the suite ends.
	Background bool
	// Requests are documents of JSON; File has any number of them. Fields are PATH=VALUE.
	Requests   []*yamldoc.Node
	File       yamldoc.Value
	Fields     []yamldoc.Value
	Script     []Action // of a stream, in place of requests
	MaxReplies int      // 0 is no limit

	// Needs are variables that steps before it capture and that it uses.
	Needs []string
}

// IsCommand reports whether the step runs a command rather than calls a method.
func (s *Step) IsCommand() bool { return s.Run.Text != "" }

// Attempts say how often a step is made until it is as expected.
type Attempts struct {
	Count int
	Delay time.Duration
}

// Capture makes a variable of what a step came to.
type Capture struct {
	Name string
	Expr *Expr
}

// Expr is an expression of jq and where it stands.
type Expr struct {
	*jq.Expr

	Node *yamldoc.Node
}

// Expect says what a step has to come to. The zero value wants success.
type Expect struct {
	JQ               []*Expr
	Equals, Contains *yamldoc.Node
	Failure          *Failing // nil where success is wanted
	Header, Trailer  []FieldMatch
	Messages         *Count
	Within           *Limit
	// Exit, Stdout and Stderr are of commands.
	Exit           *Count
	Stdout, Stderr *TextMatch
}

// Failing is the way in which a call has to fail.
type Failing struct {
	Node *yamldoc.Node
	Kind stream.Kind
	// Code is a number or a name, of an exception its type; "" is any.
	Code             string
	Message          *TextMatch
	Equals, Contains *yamldoc.Node // of the details
}

// FieldMatch is what a header has to be.
type FieldMatch struct {
	Name string
	Text *TextMatch
}

// TextMatch is what a text has to be. One of its fields beside Node is set.
type TextMatch struct {
	Node             *yamldoc.Node
	Equals, Contains *yamldoc.Node
	Matches          *regexp.Regexp
	Exists           *bool
}

// Count bounds a number, both ends included. Max below 0 is no bound.
type Count struct {
	Node     *yamldoc.Node
	Min, Max int
}

// Limit bounds the time that a step may take.
type Limit struct {
	Node *yamldoc.Node
	Time time.Duration
}

// Action is one part of a scripted stream. One of its fields beside Node is set.
type Action struct {
	Node   *yamldoc.Node
	Send   *yamldoc.Node
	Expect *Reply
	Pause  time.Duration
	Close  bool // half-close
	Cancel bool
	End    bool // the server has to end the call
}

// Reply is what the next reply of a script has to be, and what it makes variables of.
type Reply struct {
	JQ               []*Expr
	Equals, Contains *yamldoc.Node
	Captures         []Capture
}
