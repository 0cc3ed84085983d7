//go:build unix

package cache

import (
	"io/fs"
	"os"
	"syscall"
)

// checksModes says that modes tell who may write.
const checksModes = true

// ours reports whether a file belongs to the user of this process.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
