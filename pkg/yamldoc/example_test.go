package yamldoc_test

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/yamldoc"
)

// A document is read key by key; a mistake has its place, and what was probably meant.
func Example() {
	n, err := yamldoc.Parse("shop.yaml", []byte("target: localhost:50051\nreqest: {id: 9007199254740993}\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var target string
	var request []byte
	err = n.Object(map[string]func(*yamldoc.Node) error{
		"target":  func(v *yamldoc.Node) (err error) { target, err = v.Str(); return err },
		"request": func(v *yamldoc.Node) (err error) { request, err = v.AppendJSON(nil); return err },
	})
	fmt.Println(target, len(request))
	e := err.(*yamldoc.Error) //nolint:errorlint // it is one
	fmt.Println(e)
	fmt.Println(e.Nearest)
	// Output:
	// localhost:50051 0
	// shop.yaml:2:1: unknown key "reqest"
	// [request]
}
