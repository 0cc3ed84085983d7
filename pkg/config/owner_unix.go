//go:build unix

package config

import (
	"os"
	"syscall"
)

// isOurs reports whether a file belongs to the user or to root.
func isOurs(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid())
}
