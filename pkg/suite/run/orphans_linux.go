package run

import "syscall"

// adoptOrphans makes this process the parent of what commands leave behind, so that it
// learns when they end: the init of a container may never ask (prctl(2),
// PR_SET_CHILD_SUBREAPER).
func adoptOrphans() {
	const setChildSubreaper = 36
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
	_ = errno // without it, what is left behind takes longer to be seen as ended
}
