// Idlcall-kitex is idlcall with --json-dialect kitex: JSON becomes Thrift as dynamicgo, in a
// gateway made of Kitex, has it. Idlcall itself hands over to it.
package main

import (
	"os"

	"github.com/idlcall/idlcall/cmd"
	"github.com/idlcall/idlcall/pkg/kitexjson"
	_ "github.com/idlcall/idlcall/pkg/startup/early" // one CPU for the first milliseconds
)

func main() {
	os.Exit(cmd.MainWith(kitexjson.New, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
