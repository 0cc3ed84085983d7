package cmd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Kitex makes Kitex's JSON generic call of IDL. The program idlcall-kitex has it.
type Kitex func(load.Options) format.Dialect

// The values of --json-dialect.
const (
	dialectOwn   = "idlcall"
	dialectKitex = "kitex"
	dialectMap   = "kitex-map"
)

const emptyNone = "none" // of --empty-structs

// dialectFlags say whose mapping between JSON and Thrift counts.
type dialectFlags struct{ name, empty string }

func (f *dialectFlags) bind(c *cobra.Command) {
	f.name, f.empty = dialectOwn, emptyNone
	s := c.Flags()
	s.Var(choice{&f.name, []string{dialectOwn, dialectKitex, dialectMap}}, "json-dialect", "whose mapping of JSON and Thrift counts: kitex is Kitex's JSON generic call with dynamicgo, of the program idlcall-kitex; kitex-map its map generic call")
	s.Var(choice{&f.empty, []string{emptyNone, "required", "all"}}, "empty-structs", "--json-dialect kitex-map: which fields that do not come are shown with empty values (required: all but optional ones)")
}

// fill gives the options of the codec a dialect. binary says that --binary is given.
func (f *dialectFlags) fill(o *format.Options, std streams, i *idlFlags, protocol stream.Protocol, binary bool) error {
	switch {
	case f.empty != emptyNone && f.name != dialectMap:
		return usage("--empty-structs is for --json-dialect %s", dialectMap)
	case f.name == dialectOwn:
		return nil
	}
	if err := f.check(o, protocol); err != nil {
		return err
	}
	if f.name == dialectMap {
		settings := format.MapOptions{Base64: binary && o.Binary == format.Base64}
		switch f.empty {
		case "required":
			settings.EmptyStructs = format.RequiredFields
		case "all":
			settings.EmptyStructs = format.AllFields
		}
		o.Dialect = format.KitexMap(settings)
		return nil
	}
	switch {
	case !i.given():
		return &usageError{err: fmt.Errorf("--json-dialect %s: no IDL", f.name), hint: "give --idl: dynamicgo reads .thrift files itself"}
	case i.stdin():
		return usage("--json-dialect %s: dynamicgo reads the IDL itself, which cannot come from stdin", f.name)
	case std.kitex == nil:
		return &usageError{err: fmt.Errorf("--json-dialect %s: this program does not have it", f.name), hint: "run idlcall-kitex with the same command line"}
	}
	o.Dialect = std.kitex(i.options(std, "", func(string) {}))
	return nil
}

// check refuses what Kitex has no choice of.
func (f *dialectFlags) check(o *format.Options, protocol stream.Protocol) error {
	wrong := func(flag string) error { return usage("%s: --json-dialect %s has no such choice", flag, f.name) }
	switch {
	case protocol != stream.Binary:
		return wrong("--protocol " + protocol.String())
	case o.EmitDefaults:
		return wrong("--emit-defaults")
	case o.Int64 == format.Int64String:
		return wrong("--int64 string")
	case o.Binary == format.Hex, o.Binary == format.Text && f.name == dialectKitex:
		form, _ := o.Binary.MarshalText()
		return wrong("--binary " + string(form))
	}
	return nil
}

// handedOver is the variable that tells idlcall-kitex who ran it. It does not begin like those
// of flags.
const handedOver = "_IDLCALL_HANDED_OVER"

// handOver runs idlcall-kitex in the place of this program where --json-dialect asks for what
// only that has. It returns where this program is to go on, or has failed.
func (f *dialectFlags) handOver(std streams) error {
	if std.kitex != nil {
		return os.Unsetenv(handedOver)
	}
	if f.name != dialectKitex {
		return nil
	}
	const install = "go install github.com/idlcall/idlcall/cmd/idlcall-kitex@latest"
	path, err := kitexProgram()
	switch {
	case err != nil:
		return &usageError{err: fmt.Errorf("--json-dialect %s needs the program idlcall-kitex, which is neither beside idlcall nor in PATH", f.name), hint: install}
	case os.Getenv(handedOver) != "":
		return &usageError{err: fmt.Errorf("--json-dialect %s: the program %s is idlcall itself", f.name, path), hint: install}
	}
	if err := os.Setenv(handedOver, "1"); err != nil {
		return err
	}
	return fmt.Errorf("run %s: %w", path, become(path, std.args))
}

// kitexProgram is the path of idlcall-kitex: beside this program, or in PATH.
func kitexProgram() (string, error) {
	name := "idlcall-kitex"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if own, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(own), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) {
		return "", err
	}
	return path, err
}
