package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Plan says how much load there is, and for how long.
type Plan struct {
	// Warmup is a stage before the first, with the load that it begins with, of which
	// nothing is counted.
	Warmup time.Duration `json:"warmup,omitzero"`
	// Stages come one after the other, at least one.
	Stages []Stage `json:"stages"`
	// Calls ends the load after so many calls; 0 is no limit.
	Calls int64 `json:"calls,omitzero"`
	// InFlight is how many calls there may be at once where a Stage has a rate.
	InFlight int `json:"inFlight,omitzero"`
}

// Stage is a time of steady load, or of load that rises or falls evenly.
type Stage struct {
	// Rate: From and To are calls a second, which begin when they are due. Otherwise they
	// are callers, each of which waits for its reply before its next call.
	Rate bool    `json:"rate,omitzero"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
	// For is how long the stage lasts; 0, of the last one only, is until all Calls are made.
	For time.Duration `json:"for,omitzero"`
}

// String is the notation of ParseStages.
func (s Stage) String() string {
	text := number(s.From)
	if s.To != s.From {
		text += "-" + number(s.To)
	}
	if s.Rate {
		text += "/s"
	} else {
		text = "c" + text
	}
	if s.For > 0 {
		text += ":" + s.For.String()
	}
	return text
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Bounds of stages.
const (
	MinRate    = 0.001
	MaxRate    = 10_000_000
	MaxCallers = 100_000
	maxStages  = 1000
)

// ParseStages reads "100:10s,100-1000:1m,c50:30s": calls a second, or callers after a c, one
// value or two of a ramp, and how long.
func ParseStages(text string) ([]Stage, error) {
	var stages []Stage
	for part := range strings.SplitSeq(text, ",") {
		s, err := parseStage(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("stage %q: %w", part, err)
		}
		if stages = append(stages, s); len(stages) > maxStages {
			return nil, fmt.Errorf("more than %d stages", maxStages)
		}
	}
	return stages, nil
}

func parseStage(text string) (s Stage, err error) {
	load, lasts, ok := strings.Cut(text, ":")
	if !ok {
		return s, fmt.Errorf("want LOAD:DURATION, as in 100:10s or c50:1m")
	}
	if s.For, err = time.ParseDuration(lasts); err != nil || s.For <= 0 {
		return s, fmt.Errorf("%q: want a duration like 30s or 1m", lasts)
	}
	callers, isCallers := strings.CutPrefix(load, "c")
	s.Rate = !isCallers
	if isCallers {
		load = callers
	}
	from, to, isRamp := strings.Cut(strings.TrimSuffix(load, "/s"), "-")
	if !isRamp {
		to = from
	}
	if s.From, err = s.parseLoad(from); err == nil {
		s.To, err = s.parseLoad(to)
	}
	if err == nil && s.From == 0 && s.To == 0 {
		err = fmt.Errorf("there is no load")
	}
	return s, err
}

// parseLoad reads a rate or a number of callers.
func (s *Stage) parseLoad(text string) (float64, error) {
	if s.Rate {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || rate != 0 && !(rate >= MinRate && rate <= MaxRate) {
			return 0, fmt.Errorf("%q: want calls a second, from 0 to %d", text, MaxRate)
		}
		return rate, nil
	}
	callers, err := strconv.Atoi(text)
	if err != nil || callers < 0 || callers > MaxCallers {
		return 0, fmt.Errorf("%q: want a number of callers, from 0 to %d", text, MaxCallers)
	}
	return float64(callers), nil
}

// IsOpen reports whether a stage has a rate: only then is there a time at which a call should
// have begun.
func (p *Plan) IsOpen() bool {
	for _, s := range p.Stages {
		if s.Rate {
			return true
		}
	}
	return false
}

// Length is how long all stages last; 0 where that depends on the calls.
func (p *Plan) Length() time.Duration {
	sum := time.Duration(0)
	for _, s := range p.Stages {
		if s.For == 0 {
			return 0
		}
		sum += s.For
	}
	return sum
}

// Callers are the most that there are at once in stages without a rate.
func (p *Plan) Callers() int {
	most := 0
	for _, s := range p.Stages {
		if !s.Rate {
			most = max(most, int(s.From), int(s.To))
		}
	}
	return most
}

// all are the stages with that of the warm-up before them.
func (p *Plan) all() []Stage {
	if p.Warmup <= 0 {
		return p.Stages
	}
	first := p.Stages[0]
	first.To, first.For = first.From, p.Warmup
	if first.From == 0 {
		first.From, first.To = 1, 1
	}
	return append([]Stage{first}, p.Stages...)
}
