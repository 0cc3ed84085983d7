package early

import (
	"runtime"

	"github.com/idlcall/idlcall/pkg/startup"
)

//nolint:gochecknoinits // it has to come before the inits of other packages, not before main
func init() {
	growStack(runtime.NumCPU())
	startup.Narrow()
}

// growStack takes at once what inits need of the stack: growing with frames on it, again and
// again, touches twenty pages more.
//
//go:noinline
func growStack(n int) byte {
	var room [12 << 10]byte
	room[n%len(room)] = 1 // or the compiler, which does not know n, does without
	return room[len(room)/2]
}
