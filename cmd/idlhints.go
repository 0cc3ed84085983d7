package cmd

import (
	"errors"

	"github.com/idlcall/idlcall/pkg/idl"
)

const otherIDLHint = "where the server's reflection lacks something, give the IDL with --idl FILE"

// idlHints advises on IDL that is missing or wrong, and on what could not be saved.
func (l commandLine) idlHints(err error) []string {
	var incomplete *idl.IncompleteError
	var descriptor *idl.DescriptorError
	var parse *idl.ParseError
	var broken *idl.BrokenError
	switch {
	case errors.As(err, &broken):
		return l.hints(broken.Errs[0])
	case errors.As(err, &parse) && parse.Import != "":
		return nonEmpty(l.unless("include", "-I DIR names a folder that imports are relative to"))
	case parse != nil:
		return nil
	case is[*idl.NameError](err):
		return []string{"--save-idl FILE.binpb keeps files of any name, in a descriptor set"}
	case is[*idl.ExistsError](err):
		return nonEmpty(l.unless("force", "--force writes over it; or name another folder"))
	case errors.As(err, &incomplete) && !incomplete.Remote:
		return []string{"--idl can be given again, for the file that has it"}
	case errors.As(err, &descriptor) && !descriptor.Remote:
		return []string{"give the sources with --idl FILE, or a set that protoc made"}
	}
	return nonEmpty(l.unlessIDL("give the IDL with --idl FILE"))
}
