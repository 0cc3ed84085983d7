package bench

import (
	"bytes"
	"os"
	"strconv"
)

// machineTicks are those of all CPUs, of idle ones and of all, as proc(5) has them.
type machineTicks struct{ idle, all uint64 }

// readMachine reads the first line of /proc/stat: user nice system idle iowait irq softirq
// steal, and guest times that are part of these.
func readMachine() (t machineTicks) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return t
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 9 || string(fields[0]) != "cpu" {
		return t
	}
	for i, f := range fields[1:9] {
		n, err := strconv.ParseUint(string(f), 10, 64)
		if err != nil {
			return machineTicks{}
		}
		t.all += n
		if i == 3 || i == 4 {
			t.idle += n
		}
	}
	return t
}
