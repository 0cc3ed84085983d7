package config

import (
	"os"
	"path/filepath"
)

// Name is the file name of a project's configuration.
const Name = ".idlcall.yaml"

// Project is the configuration of the project that a folder is in: the nearest .idlcall.yaml
// in it or a folder above. It is empty where there is none.
func Project(folder string) string {
	for {
		name := filepath.Join(folder, Name)
		if _, err := os.Lstat(name); err == nil { // a link that leads nowhere is a mistake
			return name
		}
		above := filepath.Dir(folder)
		if above == folder {
			return ""
		}
		folder = above
	}
}

// User is where the user's own configuration is, or would be:
// idlcall/config.yaml in the user configuration folder. It is empty where there is no
// such folder.
func User() string {
	folder, err := os.UserConfigDir()
	if err != nil || !filepath.IsAbs(folder) {
		return ""
	}
	return filepath.Join(folder, "idlcall", "config.yaml")
}
