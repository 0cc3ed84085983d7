// Idlcall calls any RPC service from its IDL.
package main

import (
	"os"

	"github.com/idlcall/idlcall/cmd"
	_ "github.com/idlcall/idlcall/pkg/startup/early" // one CPU for the first milliseconds
)

func main() { os.Exit(cmd.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
