package call_test

import (
	"fmt"

	"github.com/idlcall/idlcall/pkg/call"
)

// A target names a transport, security, and where to go.
func ExampleParseTarget() {
	for _, text := range []string{"localhost:50051", "framed://10.0.0.1:8888", "https://example.com/api", "unix:/run/app.sock"} {
		t, err := call.ParseTarget(text)
		fmt.Printf("%s %s tls=%v transport=%q path=%q %v\n", t.Network, t.Address, t.TLS, t.Transport, t.Path, err)
	}
	// Output:
	// tcp localhost:50051 tls=false transport="" path="" <nil>
	// tcp 10.0.0.1:8888 tls=false transport="framed" path="" <nil>
	// tcp example.com:443 tls=true transport="" path="/api" <nil>
	// unix /run/app.sock tls=false transport="" path="" <nil>
}
