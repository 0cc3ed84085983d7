//go:build !linux

package dial

import "runtime"

// yield lets other goroutines run: there is no portable way to let other threads.
func yield() { runtime.Gosched() }
