package shell

import (
	"context"
	"encoding/json"
	"io"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/proxy/record"
	"github.com/idlcall/idlcall/pkg/session"
)

// Host is the tool that the shell is a part of. It runs command lines as the tool does by
// itself, over sessions that it keeps.
type Host interface {
	// Run runs a command with the settings that it has a flag for, and arguments. It tells
	// the error, and returns it. The end of Control.Interrupt ends it as Ctrl-C does.
	Run(ctx context.Context, command string, settings Settings, args []string, c *Control) error
	// Report tells an error that is about no command.
	Report(err error)
	// Schema is the IDL, as the settings have it.
	Schema(ctx context.Context, settings Settings) (idl.Schema, error)
	// Check refuses a setting that is none, or a value that it does not take beside the
	// settings that there are.
	Check(settings Settings, name, value string) error
	// Flags are those of a command.
	Flags(command string) []Flag
	// CommandLine is what runs a command outside of the shell, with the quotes of a POSIX
	// shell.
	CommandLine(command string, settings Settings, args []string) string
	// Save writes a suite of calls.
	Save(file string, settings Settings, calls []*Call) (record.Summary, error)
	// Reload closes the sessions, so that IDL is read and connections are made anew.
	Reload()
	// Style is how the settings have JSON look.
	Style(settings Settings) format.Style
	// Masked is a header without the value of a credential.
	Masked(header string) string
}

// Flag is a flag of a command.
type Flag struct {
	Name, Short string // without dashes; Short may be empty
	Usage       string
	// Value is what its value is called, empty where it takes none.
	Value string
	// Alone is the value that it has without one, empty where it has to be given.
	Alone string
	// Words are the values it may have, where there are few; Files says that it names one.
	Words []string
	Files bool
	// List says that it may be given again.
	List bool
	// Setting says that it may hold for the calls that follow.
	Setting bool
}

// Control is what the shell has to do with a command that runs.
type Control struct {
	// Last is the value of $last in expressions.
	Last json.RawMessage
	// Append adds replies to the file of -o.
	Append bool
	// Interrupt, when it is closed, is Ctrl-C.
	Interrupt <-chan struct{}
	// Began is told of the call, once the method is known.
	Began func(c *Call)
	// Sent and Received are told of its messages, each valid during the call.
	Sent, Received func(message json.RawMessage)
	// Documents, where a client streams and no data is given, supplies it. check is the
	// error of a document that is none of the method, and may be called by any goroutine, one at a time.
	Documents func(m *session.Method, check func(document string) error) io.ReadCloser
}
