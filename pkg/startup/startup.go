package startup

import (
	"runtime"
	"sync/atomic"
)

// all is what GOMAXPROCS was before Narrow; 0 is a process that is not narrow.
var all atomic.Int32

// Narrow leaves Go one CPU until Widen.
func Narrow() {
	if n := runtime.GOMAXPROCS(0); n > 1 {
		runtime.GOMAXPROCS(1)
		all.Store(int32(n))
	}
}

// IsNarrow reports whether Narrow has left the process one CPU of several.
func IsNarrow() bool { return all.Load() != 0 }

// Widen gives the process back the CPUs that it had before Narrow; it does nothing where it has
// them. Go goes on following the limits of a container, unless the number was chosen (by
// the variable GOMAXPROCS), which ends that in any Go program.
func Widen(chosen bool) {
	n := all.Swap(0)
	switch {
	case n == 0:
	case chosen:
		runtime.GOMAXPROCS(int(n))
	default:
		runtime.SetDefaultGOMAXPROCS()
	}
}
