package cmd

import (
	"os"
	"path/filepath"
)

// historyFile is where lines are kept: idlcall/history in the user's folder of state (XDG), or
// what IDLCALL_HISTORY says. It is empty where there is none.
func historyFile() string {
	switch name := os.Getenv("IDLCALL_HISTORY"); name {
	case "":
	case "off":
		return ""
	default:
		return name
	}
	folder := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(folder) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		folder = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(folder, "idlcall", "history")
}
