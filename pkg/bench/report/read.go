package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/idlcall/idlcall/pkg/bench"
	"github.com/idlcall/idlcall/pkg/bench/histogram"
)

// maxReport bounds a file that is read, in bytes.
const maxReport = 256 << 20

// Read reads what Write has written as JSON or HDR: one result, or several logs one after the other.
// It holds them against what a load can come to. Errors are lines among those of logs with which
// idlcall has told on stderr of its end.
func Read(r io.Reader) (results []*bench.Result, errs []string, err error) {
	results, errs, err = read(r)
	for _, one := range results {
		if err == nil {
			err = one.Check()
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return results, errs, nil
}

func read(r io.Reader) (results []*bench.Result, errs []string, err error) {
	text, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(text) > maxReport:
		return nil, nil, fmt.Errorf("more than %d MiB", maxReport>>20)
	}
	text = bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		results, err = readJSON(text)
	case bytes.Contains(text, []byte(logVersion)):
		return readLogs(text)
	default:
		err = errors.New("neither a report in JSON nor a log of HDR histograms")
	}
	return results, nil, err
}

func readJSON(text []byte) ([]*bench.Result, error) {
	d := document{Result: &bench.Result{}}
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	if d.Version != version {
		return nil, fmt.Errorf("version %d of the report, which has %d here", d.Version, version)
	}
	return []*bench.Result{d.Result}, nil
}

// readLogs reads logs, each of which begins with its version.
func readLogs(text []byte) (results []*bench.Result, errs []string, _ error) {
	var of *logReader
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		var err error
		switch {
		case line == "":
		case line == logVersion:
			of = nil
		case strings.HasPrefix(line, resultPrefix):
			if of, err = newLogReader(line); err == nil {
				results = append(results, of.result)
			}
		case strings.HasPrefix(line, "error: "):
			errs = append(errs, line)
		case strings.HasPrefix(line, "#"), line == logLegend, isAside(line):
		case of == nil:
			err = errors.New("histograms before a line " + resultPrefix + "...]: not a log of idlcall bench")
		default:
			err = of.add(line)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if len(results) == 0 {
		return nil, nil, errors.New("no line " + resultPrefix + "...]: not a log of idlcall bench")
	}
	return results, errs, lines.Err()
}

// isAside reports whether a line is one of what idlcall says on stderr: Kubernetes has that among the
// lines of stdout.
func isAside(line string) bool {
	for _, word := range []string{"* ", "warning: ", "hint: "} {
		if strings.HasPrefix(line, word) {
			return true
		}
	}
	return false
}

// logReader puts histograms back into the windows of a result.
type logReader struct {
	result *bench.Result
	at     int // the window of the last line
}

func newLogReader(line string) (*logReader, error) {
	text := strings.TrimSuffix(strings.TrimPrefix(line, resultPrefix), resultSuffix)
	l := &logReader{result: &bench.Result{}}
	return l, json.Unmarshal([]byte(text), l.result)
}

// add reads "Tag=latency,0.250,0.250,3.141,HISTF...".
func (l *logReader) add(line string) error {
	fields := strings.Split(line, ",")
	tag, ok := strings.CutPrefix(fields[0], "Tag=")
	if !ok || len(fields) != 5 {
		return errors.New("want Tag=NAME,START,LENGTH,MAX,HISTOGRAM")
	}
	start, err := strconv.ParseFloat(fields[1], 64)
	if err != nil || !(start >= 0 && start < 1e10) {
		return fmt.Errorf("start %q: want seconds", fields[1])
	}
	for l.at < len(l.result.Windows) {
		w := &l.result.Windows[l.at]
		if (w.Start - time.Duration(math.Round(start*1e9))).Abs() > time.Microsecond {
			l.at++
			continue
		}
		for _, t := range taggedOf(w) {
			if t.tag == tag && *t.h == "" {
				*t.h = histogram.Packed(fields[4])
				_, err := t.h.Unpack()
				return err
			}
		}
		l.at++
	}
	return fmt.Errorf("there is no window for %s at %s s", tag, fields[1])
}
