package health_test

import (
	"context"
	"fmt"

	"github.com/idlcall/idlcall/pkg/health"
	"github.com/idlcall/idlcall/pkg/session"
)

func Example() {
	ctx := context.Background()
	s, err := session.Open(ctx, session.Options{Target: session.Demo, Files: health.IDL()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for _, service := range []string{"", "shop.Shop", "no.Such"} {
		fmt.Println(health.Check(ctx, s, service))
	}
	// Output:
	// SERVING <nil>
	// SERVICE_UNKNOWN <nil>
	// SERVICE_UNKNOWN <nil>
}
