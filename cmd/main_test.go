package cmd

import (
	"fmt"
	"os"
	"testing"
)

// TestMain keeps the user's cache out of the tests.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "idlcall-cache-")
	if err != nil || os.Setenv(cacheVariable, dir) != nil {
		panic(fmt.Sprint("no folder for a cache: ", err))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
