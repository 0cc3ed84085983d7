//go:build unix

package cmd

import (
	"os"
	"syscall"
)

// become makes this process run another program: it keeps its files, its id and the signals.
func become(path string, args []string) error {
	return syscall.Exec(path, append([]string{path}, args...), os.Environ())
}
