package dial

import "syscall"

// yield lets other threads of the machine run, of the peer not least, where they wait for this
// CPU.
func yield() { syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) } //nolint:errcheck // it has none
