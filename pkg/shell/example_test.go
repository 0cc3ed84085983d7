package shell_test

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/shell"
)

// The request stands in a line as it is, behind the method and among flags.
func ExampleParse() {
	takesValue := func(flag string) bool { return flag == "-H" }
	line, err := shell.Parse(`Shop/Buy {"items": [{"name": "hat"}]} -H 'x-shop: 7' | .id > id.json`, takesValue)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range line.Words {
		fmt.Println(w.Text)
	}
	fmt.Println(line.Documents[0].Text)
	fmt.Println(line.Filter, "to", line.Out)
	// Output:
	// Shop/Buy
	// -H
	// x-shop: 7
	// {"items": [{"name": "hat"}]}
	//  .id  to id.json
}
