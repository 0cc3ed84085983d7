package shell

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/idlcall/idlcall/pkg/internal/wholefile"
	"github.com/idlcall/idlcall/pkg/shell/editor"
)

// maxHistory is how many lines of earlier sessions are kept.
const maxHistory = 5000

// OpenHistory reads the lines of earlier sessions from a file, and keeps those that come: each as a JSON
// string on a line, without the values of credentials. What cannot be read or
// written is no reason to fail.
func OpenHistory(name string, host Host) *editor.History {
	if name == "" {
		return editor.NewHistory(nil, nil)
	}
	lines := readHistory(name)
	if len(lines) > 2*maxHistory {
		lines = lines[len(lines)-maxHistory:]
		var kept []byte
		for _, line := range lines {
			kept = append(kept, historyLine(line)...)
		}
		_ = wholefile.Write(name, kept)
	}
	return editor.NewHistory(lines, func(line string) {
		if os.MkdirAll(filepath.Dir(name), 0o700) != nil {
			return
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return
		}
		defer f.Close()
		_, _ = f.Write(historyLine(WithoutSecrets(line, host))) // one write, since several shells may add
	})
}

func historyLine(line string) []byte {
	text, _ := json.Marshal(line) // strings marshal
	return append(text, '\n')
}

func readHistory(name string) []string {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	var lines []string
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var line string
		if json.Unmarshal(s.Bytes(), &line) == nil && line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
