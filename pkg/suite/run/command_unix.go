//go:build unix

package run

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps Ctrl-C from a command: it is the suite that ends it.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// alive reports whether the group of a command that has ended has a process still. Those
// that have ended, too, and are ours to wait for, do not count.
func alive(c *exec.Cmd) bool {
	for {
		if pid, err := syscall.Wait4(-c.Process.Pid, nil, syscall.WNOHANG, nil); err != nil || pid == 0 {
			return syscall.Kill(-c.Process.Pid, 0) == nil
		}
	}
}
