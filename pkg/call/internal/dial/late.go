package dial

import (
	"cmp"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// Impatient warns of a first answer that is late, until it is stopped.
func Impatient(o *call.Options, t *stream.Trace, what, why string) *time.Timer {
	return time.AfterFunc(o.ConnectTimeout, func() {
		t.Warning(fmt.Sprintf("%s within %v, still waiting: %s", what, o.ConnectTimeout, why))
	})
}

func Authority(o *call.Options, t call.Target) string {
	return cmp.Or(o.Authority, t.Authority, "localhost")
}
